defmodule ExStructs do
  @moduledoc "Structs, protocols with their fallbacks, behaviours, guards, pattern matching, pipes and with."

  defmodule Point do
    @enforce_keys [:x]
    defstruct [:x, y: 0, tags: []]
  end

  defprotocol Area do
    @fallback_to_any true
    @doc "how large it is"
    def area(shape)
  end

  defmodule Circle do
    defstruct r: 1
  end

  defmodule Rect do
    @derive {Inspect, only: [:w]}
    defstruct w: 1, h: 1
  end

  defimpl Area, for: Circle do
    def area(%{r: r}), do: 3 * r * r
  end

  defimpl Area, for: Rect do
    def area(%Rect{w: w, h: h}), do: w * h
  end

  defimpl Area, for: [Integer, List] do
    def area(x) when is_integer(x), do: x
    def area(l), do: length(l)
  end

  defimpl Area, for: Any do
    def area(_), do: :unknown
  end

  defimpl String.Chars, for: Point do
    def to_string(p), do: "(#{p.x}, #{p.y})"
  end

  defimpl Enumerable, for: Rect do
    def count(r), do: {:ok, r.w * r.h}
    def member?(_, _), do: {:error, __MODULE__}
    def slice(_), do: {:error, __MODULE__}
    def reduce(r, acc, f), do: Enumerable.List.reduce(for(x <- 1..r.w, y <- 1..r.h, do: {x, y}), acc, f)
  end

  defmodule Greeter do
    @callback greet(String.t()) :: String.t()
    defmacro __using__(opts) do
      quote do
        @behaviour Greeter
        def greet(n), do: unquote(opts[:word]) <> ", " <> n
        defoverridable greet: 1
      end
    end
  end

  defmodule Polite do
    use ExStructs.Greeter, word: "Good day"
  end

  defmodule Loud do
    use ExStructs.Greeter, word: "HEY"
    def greet(n), do: String.upcase(super(n)) <> "!"
  end

  defguard is_even(n) when is_integer(n) and rem(n, 2) == 0

  def main do
    p = %Point{x: 1}
    show({p, %{p | y: 5}, p.tags, p.__struct__, Map.from_struct(p), is_struct(p), is_struct(p, Point), match?(%Point{x: 1}, p)})
    show(for s <- [%Circle{r: 2}, %Rect{w: 2, h: 3}, 7, [1, 2], :atom, %{}], do: Area.area(s))
    IO.puts("#{p} #{%{p | y: -1}}")
    show({Enum.count(%Rect{w: 2, h: 3}), Enum.to_list(%Rect{w: 2, h: 2}), Enum.member?(%Rect{w: 2, h: 2}, {2, 1})})
    show({Polite.greet("ann"), Loud.greet("bob"), Polite.__info__(:functions)})
    show(for x <- [1, 2, :a, [], [1], %{k: :v}, "str", nil, 2.5, {1, 2}], do: kind(x))
    show([fetch(%{a: %{b: 1}}), fetch(%{a: %{}}), fetch(%{})])
    show([1, 2, 3] |> Enum.map(&(&1 + 1)) |> then(&{:ok, &1}) |> tap(fn _ -> :ignored end) |> elem(1))
    show({put_in(%{a: %{b: 1}}, [:a, :b], 2), update_in(%{a: [1, 2]}, [:a, Access.at(1)], &(&1 * 10)), get_in(%{a: [%{b: 5}]}, [:a, Access.all(), :b]), pop_in(%{a: %{b: 1, c: 2}}, [:a, :b])})
    show({Keyword.get([a: 1], :a), Keyword.merge([a: 1, b: 2], b: 3), Keyword.pop([a: 1, b: 2], :a), Keyword.keyword?([{:a, 1}]), Keyword.validate!([a: 1], [:a, b: 2])})
    show({Map.update(%{a: 1}, :a, 0, &(&1 + 1)), Map.merge(%{a: 1}, %{a: 2}, fn _, x, y -> x + y end), Map.split(%{a: 1, b: 2}, [:a]), Map.new([1, 2], &{&1, &1 * 2}), Map.get_lazy(%{}, :k, fn -> :lazy end), Map.take(%{a: 1, b: 2}, [:b])})
    show({MapSet.new([3, 1, 2, 3]), MapSet.union(MapSet.new([1]), MapSet.new([2])), MapSet.member?(MapSet.new([1]), 1), Range.size(1..10//3), Tuple.append({1}, 2), List.flatten([1, [2, [3]]]), List.keyfind([a: 1], :a, 0), List.foldr([1, 2], [], &[&1 | &2])})
    show(try do struct!(Point, y: 1) rescue e in ArgumentError -> Exception.message(e) end)
    show(try do Map.fetch!(%{a: 1}, :b) rescue e -> {e.__struct__, Exception.message(e)} end)
    show(try do p.nothing rescue e in KeyError -> e.key end)
  end

  defp kind(x) when is_even(x), do: :even
  defp kind(x) when is_integer(x), do: :odd
  defp kind(nil), do: nil
  defp kind(x) when is_atom(x), do: :atom
  defp kind([]), do: :empty
  defp kind([_ | _]), do: :list
  defp kind(%{k: v}), do: {:map, v}
  defp kind("st" <> rest), do: {:string, rest}
  defp kind({a, b}) when a < b, do: {:pair, a, b}
  defp kind(_), do: :other

  defp fetch(m) do
    with {:ok, a} <- Map.fetch(m, :a), {:ok, b} <- Map.fetch(a, :b) do
      {:found, b}
    else
      :error -> :missing
    end
  end

  defp show(term), do: IO.puts(inspect(term, limit: :infinity))
end
