defmodule ExProcesses do
  @moduledoc "Processes in Elixir: send and receive, Agent, GenServer, Task, Supervisor, Registry-free naming."

  defmodule Stack do
    use GenServer
    def start_link(items), do: GenServer.start_link(__MODULE__, items, name: __MODULE__)
    @impl true
    def init(items), do: {:ok, items}
    @impl true
    def handle_call(:pop, _from, [h | t]), do: {:reply, h, t}
    def handle_call(:pop, _from, []), do: {:reply, :empty, []}
    def handle_call(:all, _from, s), do: {:reply, s, s}
    @impl true
    def handle_cast({:push, x}, s), do: {:noreply, [x | s]}
    @impl true
    def handle_info({:double, pid}, s) do
      send(pid, {:doubled, length(s)})
      {:noreply, Enum.map(s, &(&1 * 2))}
    end
  end

  def main do
    :logger.set_primary_config(:level, :none)
    Process.flag(:trap_exit, true)
    me = self()
    pid = spawn(fn -> receive do {:hello, from} -> send(from, {:hi, 42}) end end)
    send(pid, {:hello, me})
    show(receive do {:hi, n} -> n after 1000 -> :timeout end)
    {:ok, s} = Stack.start_link([1, 2])
    GenServer.cast(s, {:push, 0})
    show({GenServer.call(Stack, :pop), GenServer.call(s, :all)})
    send(s, {:double, me})
    show({receive do {:doubled, n} -> n end, GenServer.call(s, :all), GenServer.whereis(Stack) == s})
    show(:sys.get_state(s))
    show(GenServer.stop(s))
    show(receive do {:EXIT, ^s, r} -> r end)
    {:ok, a} = Agent.start_link(fn -> %{n: 0} end)
    for i <- 1..10, do: Agent.update(a, fn st -> %{st | n: st.n + i} end)
    show({Agent.get(a, & &1.n), Agent.get_and_update(a, fn st -> {st.n, %{n: -1}} end), Agent.get(a, & &1)})
    show(Agent.stop(a))
    show(1..8 |> Enum.map(fn i -> Task.async(fn -> i * i end) end) |> Task.await_many())
    show(Task.async_stream(1..6, fn i -> i + 100 end, max_concurrency: 2) |> Enum.to_list())
    t = Task.async(fn -> Process.sleep(500) end)
    show(Task.yield(t, 5) || Task.shutdown(t, :brutal_kill))
    children = [{Stack, [7]}, %{id: :agent, start: {Agent, :start_link, [fn -> :state end]}}]
    {:ok, sup} = Supervisor.start_link(children, strategy: :one_for_one)
    show({Supervisor.count_children(sup), GenServer.call(Stack, :all)})
    old = Process.whereis(Stack)
    ref = Process.monitor(old)
    Process.exit(old, :kill)
    show(receive do {:DOWN, ^ref, :process, _, why} -> why end)
    Process.sleep(50)
    show({Process.whereis(Stack) != old, GenServer.call(Stack, :all)})
    show(Supervisor.stop(sup))
    show({Process.alive?(sup), Process.whereis(Stack)})
    Process.put(:k, :v)
    show({Process.get(:k), Process.delete(:k), Process.get(:k, :gone), is_pid(self()), Process.info(self(), :trap_exit)})
    r = Process.send_after(self(), :later, 10)
    show({is_reference(r), receive do :later -> :got end, Process.cancel_timer(r)})
    show(selective())
    {:ok, io} = StringIO.open("input line\nsecond")
    show({IO.gets(io, ""), IO.write(io, "captured"), StringIO.contents(io)})
    show(try do GenServer.call(:nobody, :x) catch :exit, {:noproc, {m, f, _}} -> {m, f} end)
  end

  defp selective do
    for m <- [{:c, 3}, {:a, 1}, {:b, 2}], do: send(self(), m)
    for k <- [:a, :b, :c], do: receive(do: ({^k, v} -> v))
  end

  defp show(term), do: IO.puts(inspect(term, limit: :infinity, charlists: :as_lists))
end
