defmodule ExAlgorithms do
  @moduledoc "Small programs in idiomatic Elixir: a parser and evaluator, a graph search, a bank, matrices, primes, macros."
  require Bitwise

  defmacro unless_zero(x, do: block) do
    quote do
      case unquote(x) do
        0 -> :zero
        _ -> unquote(block)
      end
    end
  end

  def main do
    for e <- ["1 + 2 * 3", "(1 + 2) * 3", "2 ^ 3 ^ 2", "10 / 4 - 1", "-(4 - 6)", "1 +", "(2"], do: IO.puts("#{e} => #{inspect(calc(e))}")
    show(Stream.unfold(2, fn n -> p = next_prime(n); {p, p + 1} end) |> Enum.take(20))
    show(dijkstra(%{a: [b: 7, c: 3], b: [d: 2], c: [b: 1, d: 8], d: []}, :a))
    show(multiply([[1, 2], [3, 4]], [[5, 6], [7, 8]]))
    show(Enum.reduce([{:deposit, 100}, {:withdraw, 30}, {:withdraw, 500}, {:deposit, 5}], {:ok, 0, []}, &bank/2))
    show(permutations([1, 2, 3]) |> Enum.map(&Enum.join/1))
    show({unless_zero(0, do: 1), unless_zero(5, do: 10)})
    show(hanoi(3, :a, :b, :c))
    show(quicksort([3, 6, 1, 8, 2, 9, 2]))
    show(Enum.map(1..15, fn n -> case {rem(n, 3), rem(n, 5)} do {0, 0} -> "FizzBuzz"; {0, _} -> "Fizz"; {_, 0} -> "Buzz"; _ -> n end end))
    show({Bitwise.band(12, 10), Bitwise.bxor(5, 3), Bitwise.bsl(1, 70), Integer.pow(2, 100), Integer.mod(-7, 3), Integer.floor_div(-7, 2)})
    show(encode("aaabccddd") |> then(&{&1, decode(&1)}))
    show(collatz(27) |> Enum.max())
    show(Enum.find(Stream.iterate(1, &(&1 + 1)), fn n -> Enum.all?(1..10, &(rem(n, &1) == 0)) end))
    show(word_count("the cat and the dog and the bird"))
    show(Date.add(~D[2024-02-28], 2) |> Date.to_string())
    show({Date.diff(~D[2025-01-01], ~D[2024-01-01]), Time.add(~T[23:59:59], 2), DateTime.from_unix!(1_700_000_000), NaiveDateTime.diff(~N[2024-01-02 00:00:00], ~N[2024-01-01 00:00:00]), Date.day_of_week(~D[2024-05-05])})
    show({Version.compare("1.2.3", "1.10.0"), Version.match?("1.5.0", "~> 1.4"), :math.sqrt(2) |> Float.round(6)})
  end

  defp calc(text) do
    with {:ok, tokens} <- tokenize(text, []), {value, []} <- expr(tokens) do
      {:ok, value}
    else
      {:error, e} -> {:error, e}
      {_, rest} -> {:error, {:rest, rest}}
    end
  catch
    e -> {:error, e}
  end

  defp tokenize(<<>>, acc), do: {:ok, Enum.reverse(acc)}
  defp tokenize(<<c, r::binary>>, acc) when c in ' \t', do: tokenize(r, acc)
  defp tokenize(<<c, _::binary>> = s, acc) when c in ?0..?9, do: apply_to(fn {n, r} -> tokenize(r, [n | acc]) end, Integer.parse(s))
  defp tokenize(<<c, r::binary>>, acc) when c in '+-*/^()', do: tokenize(r, [<<c>> | acc])
  defp tokenize(s, _), do: {:error, {:bad, s}}
  defp apply_to(f, x), do: f.(x)

  defp expr(ts), do: ts |> term() |> more(["+", "-"], &term/1)
  defp term(ts), do: ts |> power() |> more(["*", "/"], &power/1)
  defp more({l, [op | ts]}, ops, next) do
    if op in ops do
      {r, rest} = next.(ts)
      more({compute(op, l, r), rest}, ops, next)
    else
      {l, [op | ts]}
    end
  end
  defp more(done, _, _), do: done
  defp power(ts) do
    case atom(ts) do
      {l, ["^" | r]} -> {e, rest} = power(r); {Integer.pow(l, e), rest}
      x -> x
    end
  end
  defp atom([n | r]) when is_integer(n), do: {n, r}
  defp atom(["-" | r]), do: apply_to(fn {n, rest} -> {-n, rest} end, atom(r))
  defp atom(["(" | r]) do
    case expr(r) do
      {v, [")" | rest]} -> {v, rest}
      _ -> throw(:unbalanced)
    end
  end
  defp atom(_), do: throw(:unexpected)
  defp compute("+", a, b), do: a + b
  defp compute("-", a, b), do: a - b
  defp compute("*", a, b), do: a * b
  defp compute("/", a, b), do: a / b

  defp next_prime(n), do: if(Enum.any?(2..max(2, floor(:math.sqrt(n))), &(&1 < n and rem(n, &1) == 0)), do: next_prime(n + 1), else: n)

  defp dijkstra(g, from), do: dijkstra(g, [{0, from}], %{})
  defp dijkstra(_, [], seen), do: seen
  defp dijkstra(g, [{d, v} | q], seen) when is_map_key(seen, v), do: (_ = d; dijkstra(g, q, seen))
  defp dijkstra(g, [{d, v} | q], seen), do: dijkstra(g, Enum.sort(q ++ for({u, w} <- g[v], do: {d + w, u})), Map.put(seen, v, d))

  defp multiply(a, b), do: for(r <- a, do: for(c <- Enum.zip_with(b, & &1), do: Enum.zip_with(r, c, &*/2) |> Enum.sum()))
  defp bank({:deposit, n}, {_, b, log}), do: {:ok, b + n, [{:in, n} | log]}
  defp bank({:withdraw, n}, {_, b, log}) when n <= b, do: {:ok, b - n, [{:out, n} | log]}
  defp bank({:withdraw, n}, {_, b, log}), do: {{:error, {:missing, n - b}}, b, log}
  defp permutations([]), do: [[]]
  defp permutations(l), do: for(x <- l, p <- permutations(l -- [x]), do: [x | p])
  defp hanoi(0, _, _, _), do: []
  defp hanoi(n, a, b, c), do: hanoi(n - 1, a, c, b) ++ [{a, c}] ++ hanoi(n - 1, b, a, c)
  defp quicksort([]), do: []
  defp quicksort([p | t]), do: Enum.split_with(t, &(&1 < p)) |> then(fn {l, r} -> quicksort(l) ++ [p] ++ quicksort(r) end)
  defp encode(s), do: s |> String.graphemes() |> Enum.chunk_by(& &1) |> Enum.map_join(fn [c | _] = l -> "#{length(l)}#{c}" end)
  defp decode(s), do: for(<<n, c <- s>>, into: "", do: String.duplicate(<<c>>, n - ?0))
  defp collatz(1), do: [1]
  defp collatz(n) when rem(n, 2) == 0, do: [n | collatz(div(n, 2))]
  defp collatz(n), do: [n | collatz(3 * n + 1)]
  defp word_count(s), do: s |> String.split() |> Enum.reduce(%{}, fn w, m -> Map.update(m, w, 1, &(&1 + 1)) end) |> Enum.sort_by(fn {w, n} -> {-n, w} end)
  defp show(term), do: IO.puts(inspect(term, limit: :infinity, charlists: :as_lists))
end
