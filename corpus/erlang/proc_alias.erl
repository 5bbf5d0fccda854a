%% Aliases: explicit, on replies, with monitors; messages to an alias that is off vanish.
-module(proc_alias).
-export([main/0]).

main() ->
    A = alias(), A ! one,
    p([receive one -> got end, unalias(A), unalias(A)]),
    A ! two, p(receive two -> got after 20 -> dropped end),
    R = alias([reply]), R ! first, R ! second,
    p([receive first -> first end, receive second -> second after 20 -> dropped end, unalias(R)]),
    p(call(echo())), p(late_reply()), p(monitor_alias(explicit_unalias)), p(monitor_alias(demonitor)), p(monitor_alias(reply_demonitor)),
    p(from_others(20)), p(is_reference(alias())),
    p([refuse(fun() -> alias(id([bad])) end), refuse(fun() -> unalias(id(x)) end), unalias(make_ref())]),
    p(gen_call_after_timeout()), p(to_foreign()).

p(X) -> io:format("~p~n", [X]).

echo() -> spawn(fun Loop() -> receive {Alias, Ref, X} -> Alias ! {Ref, {echo, X}}, Loop() end end).

call(P) ->
    Ref = monitor(process, P, [{alias, reply_demonitor}]),
    P ! {Ref, Ref, hello},
    receive {Ref, V} -> V; {'DOWN', Ref, _, _, W} -> {down, W} end.

%% The answer comes after we stopped waiting: with the alias off, it must not be in our queue.
late_reply() ->
    P = spawn(fun() -> receive {Al, X} -> timer:sleep(30), Al ! {late, X} end end),
    Al = alias(), P ! {Al, 1},
    T = receive {late, _} -> answer after 5 -> unalias(Al), timeout end,
    {T, receive M -> M after 60 -> nothing end}.

monitor_alias(Opt) ->
    P = spawn(fun Loop() -> receive {to, Al, X} -> Al ! {got, X}, Loop(); stop -> ok end end),
    Ref = monitor(process, P, [{alias, Opt}]),
    P ! {to, Ref, 1}, P ! {to, Ref, 2},
    A = receive {got, X} -> X end, B = receive {got, Y} -> Y after 30 -> none end,
    demonitor(Ref, [flush]),
    P ! {to, Ref, 3},
    C = receive {got, Z} -> Z after 30 -> none end,
    U = unalias(Ref),
    P ! {to, Ref, 4},
    D = receive {got, W} -> W after 30 -> none end,
    P ! stop, {Opt, A, B, C, U, D}.

from_others(N) ->
    Al = alias(),
    [spawn(fun() -> Al ! {n, I} end) || I <- lists:seq(1, N)],
    S = lists:sum([receive {n, I} -> I end || _ <- lists:seq(1, N)]), unalias(Al), S.

gen_call_after_timeout() ->
    P = spawn(fun() -> receive {'$gen_call', From, slow} -> timer:sleep(40), gen_server:reply(From, too_late) end end),
    R = try gen_server:call(P, slow, 5) catch exit:{timeout, _} -> timed_out end,
    {R, receive X -> X after 80 -> clean end}.

to_foreign() ->
    Me = self(),
    P = spawn(fun() -> Al = alias(), Me ! {alias, Al}, receive X -> Me ! {owner_got, X} end end),
    Al = receive {alias, Q} -> Q end, Al ! through, {receive {owner_got, X} -> X end, refuse(fun() -> unalias(Al) end), is_process_alive(P)}.

refuse(F) -> try F() catch C:E -> {C, E} end.
id(X) -> X.
