defmodule ExStrings do
  @moduledoc "Strings, charlists, sigils, interpolation, binaries, inspect's options."

  def main do
    s = "Hello, wörld! 日本"
    show({String.length(s), byte_size(s), String.upcase("straße"), String.downcase("ÀÉ"), String.capitalize("élan VITAL")})
    show({String.reverse("añb"), String.graphemes("e\u0301x"), String.codepoints("e\u0301x"), String.at(s, 8), String.first(s)})
    show({String.split("a b  c"), String.split("a,b,,c", ","), String.split("a,b,c", ",", parts: 2), String.split("a1b2", ["1", "2"], trim: true)})
    show({String.replace("banana", "an", "<>"), String.replace("banana", "a", "o", global: false), String.trim("  x "), String.trim_leading("xxa", "x"), String.pad_leading("7", 3, "0"), String.pad_trailing("ab", 5, "*")})
    show({String.starts_with?(s, "Hell"), String.ends_with?(s, ["x", "本"]), String.contains?(s, "wör"), String.slice(s, 7, 5), String.slice(s, -2..-1)})
    show({String.to_integer("42"), String.to_integer("ff", 16), String.to_float("1.5"), String.to_atom("atom x"), Integer.parse("12abc"), Float.parse("1.5e3x"), Integer.to_string(255, 16)})
    show({String.duplicate("ab", 3), String.jaro_distance("martha", "marhta") |> Float.round(4), String.myers_difference("abc", "axc"), String.valid?(<<0xFF>>), String.next_grapheme("ab")})
    show({~s(a "quoted" #{1 + 1}), ~S(raw #{x}), ~c(chars), ~w(a b c), ~w(a b)a, 'charlist'})
    x = %{name: "ann", n: 3.5}
    IO.puts("interpolated: #{x.name} #{x.n} #{:atom} #{inspect(x)} #{[104, 105]}")
    IO.puts("""
    heredoc
      indented "quotes"
    """)
    show({<<1, 2, 3>>, <<"a", 0>>, "tab\t\e\0\u00e9", <<5::3>>, <<1::16, 2::little-16, 1.5::float>>, "a" <> <<98>>})
    <<h::utf8, rest::binary>> = "éa"
    show({h, rest, for(<<c::utf8 <- "añ">>, do: c), Base.encode16(<<255, 1>>), Base.encode64("hello"), Base.decode64!("aGk=")})
    show({inspect("a\"b"), inspect(:"weird atom"), inspect([a: 1, b: [c: 2]]), inspect(%{"k" => 1, 2 => :v}), inspect({:ok, nil, true}), inspect(~r/a.b/i) != ""})
    show({inspect(Enum.to_list(1..100)), inspect(Enum.to_list(1..5), limit: 3), inspect("long" <> String.duplicate("x", 50), printable_limit: 10), inspect([1, 2], width: 1), inspect(1.0e25), inspect(100_000_000.0), inspect('abc'), inspect(1..3), inspect(&String.length/1)})
    show({Atom.to_string(:abc), to_string(:x), to_string(1.5), to_string([97, 98]), to_charlist("ab"), List.to_string(["a", ?b, 'c'])})
    show({"abc" < "abd", "a" == 'a', "é" == "e\u0301", String.equivalent?("é", "e\u0301"), String.normalize("e\u0301", :nfc) == "é"})
    show(Enum.map(String.to_charlist("caesar"), fn c -> rem(c - ?a + 3, 26) + ?a end) |> List.to_string())
    show({URI.encode("a b/ü"), URI.decode_query("a=1&b=x+y"), URI.parse("http://h:80/p?q#f").host, Integer.digits(1234), Integer.undigits([1, 2]), Integer.gcd(12, 18), Float.round(2.675, 2), Float.ceil(1.21, 1), Float.to_string(0.1)})
    IO.puts(Inspect.Algebra.format(Inspect.Algebra.to_doc(%{list: Enum.to_list(1..40), nested: %{deep: [a: 1, b: "two"]}}, %Inspect.Opts{limit: 100}), 60))
    IO.write(["io", ?\s, 'data', "\n"])
    IO.inspect(%{z: 1, a: [1, 2]}, label: "labelled")
  end

  defp show(term), do: IO.puts(inspect(term, limit: :infinity, binaries: :infer, width: 100))
end
