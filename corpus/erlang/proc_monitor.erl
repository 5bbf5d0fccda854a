%% Monitors: DOWN reasons, names, demonitor with flush and info, several monitors, spawn_monitor, monitor options.
-module(proc_monitor).
-export([main/0]).

main() ->
    catch logger:set_primary_config(level, none),
    [p(R, down(R)) || R <- [normal, shutdown, boom, kill, {a, b}]],
    p(dead, dead()), p(named, named()), p(unknown_name, unknown()), p(self_, monitor_self()),
    p(demonitor, demon([])), p(flush, demon([flush])), p(info_alive, info_alive()), p(info_dead, demon([flush, info])),
    p(several, several(5)), p(both_ways, both()), p(kill, killed()), p(error_, crashed()),
    p(process_info, infos()), p(tagged, tagged()), p(spawn_opt, spawn_opts()), p(request, spawn_req()),
    p(bad, [refuse(fun() -> monitor(process, id("x")) end), refuse(fun() -> monitor(id(cheese), self()) end), refuse(fun() -> demonitor(id(x)) end), refuse(fun() -> demonitor(make_ref()) end)]),
    p(order, order()), p(down_before_exit, both_signals()), p(many, many(500)).

p(K, V) -> io:format("~p: ~p~n", [K, V]).

down(R) -> P = spawn(fun() -> receive go -> exit(R) end end), Ref = monitor(process, P), P ! go, receive {'DOWN', Ref, process, P, W} -> W end.

dead() -> P = spawn(fun() -> ok end), receive after 20 -> ok end, Ref = erlang:monitor(process, P), receive {'DOWN', Ref, process, P, W} -> W end.

named() ->
    register(named_one, P = spawn(fun() -> receive X -> exit(X) end end)),
    Ref = monitor(process, named_one), Ref2 = monitor(process, P),
    named_one ! bye,
    A = receive {'DOWN', Ref, process, Who, W} -> {Who, W} end, B = receive {'DOWN', Ref2, process, P, W2} -> W2 end, {A, B}.

unknown() -> Ref = monitor(process, no_such_name), receive {'DOWN', Ref, process, Who, W} -> {Who, W} end.
monitor_self() -> Ref = monitor(process, self()), receive {'DOWN', Ref, _, _, _} -> odd after 10 -> nothing end.

demon(Opts) ->
    {P, Ref} = spawn_monitor(fun() -> exit(gone) end),
    receive after 30 -> ok end,
    R = demonitor(Ref, Opts),
    {R, receive {'DOWN', Ref, process, P, W} -> W after 0 -> empty end}.

info_alive() -> P = spawn(fun() -> receive stop -> ok end end), Ref = monitor(process, P), R = [demonitor(Ref, [info]), demonitor(Ref, [info])], P ! stop, {R, receive {'DOWN', _, _, _, _} -> yes after 30 -> no end}.

several(N) ->
    P = spawn(fun() -> receive go -> exit(once) end end),
    Refs = [monitor(process, P) || _ <- lists:seq(1, N)],
    P ! go, [receive {'DOWN', R, _, _, W} -> W end || R <- Refs].

both() ->
    Me = self(),
    A = spawn(fun() -> receive {peer, B} -> monitor(process, B), Me ! ready, receive {'DOWN', _, _, B, W} -> Me ! {a, W} end end end),
    B = spawn(fun() -> monitor(process, A), A ! {peer, self()}, receive die -> exit(b_died) end end),
    receive ready -> ok end, B ! die, receive {a, W} -> W end.

killed() -> {P, R} = spawn_monitor(fun() -> process_flag(trap_exit, true), receive never -> ok end end), exit(P, soft), exit(P, kill), receive {'DOWN', R, _, _, W} -> W end.
crashed() -> {_, R} = spawn_monitor(fun() -> lists:nth(id(5), [1]) end), receive {'DOWN', R, _, _, {E, [{M, F, _, _} | _]}} -> {E, M, F} end.

infos() ->
    P = spawn(fun() -> receive stop -> ok end end), monitor(process, P),
    {monitors, Ms} = process_info(self(), monitors), {monitored_by, By} = process_info(P, monitored_by), P ! stop,
    receive {'DOWN', _, _, P, W} -> {lists:member({process, P}, Ms), By =:= [self()], W} end.

tagged() -> P = spawn(fun() -> receive go -> exit(tagged) end end), Ref = monitor(process, P, [{tag, {my_down, 1}}]), P ! go, receive {{my_down, 1}, Ref, process, P, W} -> W end.

spawn_opts() -> {P, R} = spawn_opt(fun() -> exit(opted) end, [monitor]), receive {'DOWN', R, process, P, W} -> W end.
spawn_req() -> Id = spawn_request(fun() -> exit(requested) end, [monitor]), receive {spawn_reply, Id, ok, P} -> receive {'DOWN', Id, process, P, W} -> W end end.

%% A DOWN comes after every message the dead process sent us.
order() -> Me = self(), {P, R} = spawn_monitor(fun() -> [Me ! {m, I} || I <- [1, 2, 3]] end), L = collect(P, R), L.
collect(P, R) -> receive {m, I} -> [I | collect(P, R)]; {'DOWN', R, process, P, normal} -> [down] end.

both_signals() ->
    process_flag(trap_exit, true),
    P = spawn_link(fun() -> receive go -> exit(two) end end), R = monitor(process, P), P ! go,
    L = lists:sort([receive {'EXIT', P, A} -> {exit_, A}; {'DOWN', R, _, _, B} -> {down, B} end || _ <- "ab"]), process_flag(trap_exit, false), L.

many(N) -> Rs = [element(2, spawn_monitor(fun() -> exit(I rem 7) end)) || I <- lists:seq(1, N)], lists:sum([receive {'DOWN', R, _, _, W} -> W end || R <- Rs]).

refuse(F) -> try F() catch C:R -> {C, R} end.
id(X) -> X.
