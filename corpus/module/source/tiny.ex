defmodule Tiny do
  defstruct name: "x", list: []
  def hello(%__MODULE__{name: n} = t, opts \\ []), do: "hello #{n} #{inspect(t)} #{opts[:a]}"
  def pipe(x), do: x |> Enum.map(&(&1 * 2)) |> Enum.sum()
end
