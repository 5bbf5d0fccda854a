%% spawn_opt, priorities, process flags, hibernation, yield, process_info's many keys, group leaders.
-module(proc_opts).
-export([main/0, woken/2]).

main() ->
    Me = self(),
    {P, R} = spawn_opt(fun() -> receive go -> ok end end, [link, monitor, {priority, high}, {fullsweep_after, 5}, {min_heap_size, 1000}, {min_bin_vheap_size, 100}, {max_heap_size, 0}, {message_queue_data, off_heap}]),
    p([process_info(P, priority), process_info(P, message_queue_data), process_info(P, trap_exit), lists:member({fullsweep_after, 5}, element(2, process_info(P, garbage_collection)))]),
    P ! go, receive {'DOWN', R, _, _, W} -> p(W) end,
    spawn_opt(?MODULE, woken, [Me, opt], [{priority, low}]), p(receive {woken, opt} -> yes end),
    p([process_flag(priority, high), process_flag(priority, max), process_flag(priority, normal), process_flag(priority, low), process_flag(priority, normal)]),
    p([element(1, {process_flag(min_heap_size, 500)}) > 0, process_flag(fullsweep_after, 7) >= 0, process_flag(message_queue_data, off_heap), process_flag(message_queue_data, on_heap), process_flag(save_calls, 0)]),
    p([refuse(fun() -> process_flag(priority, id(silly)) end), refuse(fun() -> process_flag(id(unknown), true) end), refuse(fun() -> spawn_opt(fun() -> ok end, [id(bad_option)]) end), refuse(fun() -> spawn_opt(fun() -> ok end, [link | id(x)]) end)]),
    p(hibernate()), p(yielding(3)), p(priorities()), p(info()), p(max_heap()), p(leader()), p(suspended()), p(sensitive()), p(gc_info()),
    p([is_list(processes()), lists:member(self(), processes()), process_info(spawn(fun() -> ok end), [registered_name]) =/= 1, refuse(fun() -> process_info(self(), id(nonsense)) end)]).

p(X) -> io:format("~p~n", [X]).
woken(P, T) -> P ! {woken, T}.

%% A hibernated process forgets its stack and keeps its mailbox.
hibernate() ->
    Me = self(),
    P = spawn(fun() -> put(kept, 1), Me ! ready, catch proc_lib:hibernate(?MODULE, woken, [Me, {dict, get(kept)}]), Me ! never end),
    receive ready -> ok end, timer:sleep(10), {current_function, CF} = process_info(P, current_function),
    P ! wake, {CF, receive {woken, X} -> X end, receive never -> yes after 20 -> no end}.

yielding(N) -> [begin erlang:yield(), I end || I <- lists:seq(1, N)].

%% While we run at high priority nobody of normal priority does.
priorities() ->
    Me = self(), process_flag(priority, high),
    [spawn_opt(fun() -> Me ! {ran, Prio} end, [{priority, Prio}]) || Prio <- [low, normal]],
    process_flag(priority, normal), lists:sort([receive {ran, Q} -> Q end || _ <- "ab"]).

info() ->
    P = spawn(fun() -> put(k, v), receive stop -> ok end end), timer:sleep(10), [P ! X || X <- [m1, {m2}]],
    I = process_info(P, [messages, message_queue_len, current_function, initial_call, dictionary, links, monitors, trap_exit, priority, registered_name, catchlevel, error_handler, suspending]),
    S = [is_integer(V) || {_, V} <- process_info(P, [heap_size, total_heap_size, stack_size, reductions, memory])],
    {current_stacktrace, [{M, F, A, _} | _]} = process_info(P, current_stacktrace), {current_location, {M, F, A, _}} = process_info(P, current_location),
    P ! stop, timer:sleep(5), {I, S, {M, F, A}, process_info(P), process_info(P, messages)}.

max_heap() -> {_, R} = spawn_opt(fun() -> eat([]) end, [monitor, {max_heap_size, #{size => 10000, kill => true, error_logger => false}}]), receive {'DOWN', R, _, _, W} -> W end.
eat(L) -> eat([L, lists:seq(1, 100) | L]).

leader() ->
    Me = self(), G = group_leader(),
    Fake = spawn(fun Loop() -> receive {io_request, From, As, Req} -> Me ! {captured, iolist_to_binary(element(3, norm(Req)))}, From ! {io_reply, As, ok}, Loop() end end),
    spawn(fun() -> group_leader(Fake, self()), io:put_chars("into the fake\n"), Me ! {leader, group_leader() =:= Fake} end),
    {receive {captured, B} -> B end, receive {leader, T} -> T end, group_leader() =:= G}.
norm({put_chars, E, C}) -> {put_chars, E, C};
norm({put_chars, E, M, F, A}) -> {put_chars, E, apply(M, F, A)}.

suspended() ->
    Me = self(), P = spawn(fun Loop() -> receive {ping, N} -> Me ! {pong, N}, Loop() end end),
    true = erlang:suspend_process(P), P ! {ping, 1}, A = receive {pong, 1} -> early after 20 -> silent end,
    S = process_info(P, status), true = erlang:resume_process(P), {A, S, receive {pong, 1} -> resumed end}.

sensitive() -> P = spawn(fun() -> process_flag(sensitive, true), receive stop -> ok end end), timer:sleep(10), P ! secret, R = {process_info(P, messages), process_info(P, dictionary)}, P ! stop, R.

gc_info() -> _ = lists:seq(1, 100000), [erlang:garbage_collect(), erlang:garbage_collect(self()), garbage_collect(self(), [{type, minor}]), is_integer(element(1, erlang:statistics(garbage_collection)))].

refuse(F) -> try F() catch C:R -> {C, R} end.
id(X) -> X.
