defmodule ExErrors do
  @moduledoc "raise, rescue, catch, after, reraise; messages of the standard exceptions; custom exceptions."

  defmodule MyError do
    defexception [:code, message: "my default message"]
    @impl true
    def exception(opts) when is_list(opts), do: %__MODULE__{code: opts[:code], message: "code #{opts[:code]}"}
    def exception(msg), do: %__MODULE__{message: msg}
  end

  def main do
    for {name, f} <- cases(), do: IO.puts("#{name}: #{attempt(f)}")
    show(try do throw(:ball) catch x -> {:caught, x} end)
    show(try do exit({:shutdown, 1}) catch :exit, r -> {:exit, r} end)
    show(try do :erlang.error(:badarg) catch :error, r -> {:error, r} end)
    show(try do 1 + 1 rescue _ -> :no else 2 -> :two after send(self(), :after_ran) end)
    show(receive do :after_ran -> :ran after 0 -> :did_not end)
    show(try do raise_deep(3) rescue e in [ArgumentError, RuntimeError] -> {e.message, length(__STACKTRACE__) > 2} end)
    show(try do (try do raise "first" rescue e -> reraise %MyError{message: "second: " <> e.message}, __STACKTRACE__ end) rescue e in MyError -> e.message end)
    show({Exception.message(%RuntimeError{message: "m"}), Exception.format(:error, %ArgumentError{message: "bad"}), Exception.format_exit(:noproc), Exception.format_banner(:throw, :ball), Exception.normalize(:error, :badarith)})
    show(try do raise MyError, code: 5 rescue e in MyError -> {e.code, e.message} end)
    show(try do raise MyError, "text" rescue e -> e end)
    show(Enum.map([{"1", "2"}, {"x", "2"}, {"1", "0"}], fn {a, b} -> safe_div(a, b) end))
    show(trace())
    show(try do Enum.fetch!([1], 7) rescue e in Enum.OutOfBoundsError -> Exception.message(e) end)
  end

  defp cases do
    [
      arithmetic: fn -> 1 / zero() end, badarg: fn -> :erlang.atom_to_list(1 + zero()) end, match: fn -> {:ok, _} = Map.get(%{}, :x) end,
      case: fn -> case zero() do 1 -> :one end end, cond: fn -> cond do zero() == 1 -> :x end end, function: fn -> only_atoms("s") end,
      undefined: fn -> apply(NoSuchModule, :f, [1]) end, undefined_fun: fn -> apply(String, :no_such, []) end, key: fn -> Map.fetch!(%{a: 1}, :b) end, access: fn -> %{a: 1}.b end,
      with: fn -> with :a <- zero() do 1 else 5 -> 2 end end, arity: fn -> apply(fn _ -> 1 end, []) end, badfun: fn -> (zero() + 1).() end, badmap: fn -> %{zero() | a: 1} end,
      struct: fn -> struct!(MyError, nope: 1) end, integer: fn -> String.to_integer("abc") end, existing: fn -> String.to_existing_atom("an atom nobody has made") end, utf8: fn -> String.to_charlist(<<255>>) end, enum: fn -> Enum.max([]) end, protocol: fn -> Enum.map(zero(), & &1) end, if: fn -> hd(List.duplicate(1, zero())) end
    ]
  end

  defp attempt(f) do
    f.()
    "nothing raised"
  rescue
    e -> inspect(e.__struct__) <> " " <> String.replace(Exception.message(e), ~s(\n), "|")
  end

  defp safe_div(a, b) do
    {:ok, div(String.to_integer(a), String.to_integer(b))}
  rescue
    ArithmeticError -> {:error, :division}
    e in ArgumentError -> {:error, e.__struct__}
  end

  defp trace do
    raise_deep(1)
  rescue
    _ -> for {m, f, a, i} <- __STACKTRACE__, m == __MODULE__, do: {f, a, i[:line]}
  end

  defp raise_deep(0), do: raise(ArgumentError, "deep")
  defp raise_deep(n), do: {raise_deep(n - 1)}
  defp only_atoms(a) when is_atom(a), do: a
  defp zero, do: String.length("")
  defp show(term), do: IO.puts(inspect(term, limit: :infinity))
end
