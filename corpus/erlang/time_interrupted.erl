%% Messages that come while a process waits with `after`, whose time was in an x register; a message used before it is removed.
-module(time_interrupted).
-export([main/0]).

main() ->
    [p(interrupted(fun() -> timer:sleep(60) end, N)) || N <- [0, 1, 5]],
    p(interrupted(fun() -> sleep(id(60)) end, 3)),
    p(forever()),
    {Eval, _} = receiver(), self() ! {ok, [1, 2, {3}]}, self() ! other,
    p(Eval()), p(receive other -> left end).

p(X) -> io:format("~p~n", [X]).
id(X) -> X.

sleep(Ms) -> receive after Ms -> ok end.

%% Others run and send zeros meanwhile: neither must end the sleep early.
interrupted(Sleep, Senders) ->
    Me = self(),
    Busy = [spawn(fun() -> send(Me, 0, 4) end) || _ <- lists:seq(1, Senders)],
    T0 = erlang:monotonic_time(millisecond),
    ok = Sleep(),
    T = erlang:monotonic_time(millisecond) - T0,
    [exit(B, kill) || B <- Busy],
    {T >= 60, T < 2000, flush(0) >= 4 * Senders}.

send(_, _, 0) -> ok;
send(To, What, N) -> receive after 5 -> To ! What, send(To, What, N - 1) end.

flush(N) -> receive 0 -> flush(N + 1) after 0 -> N end.

forever() ->
    Me = self(),
    P = spawn(fun() -> receive after id(infinity) -> Me ! woke end end),
    [P ! X || X <- [0, {0}, 1.0, 1 bsl 70, <<"x">>]],
    receive woke -> woke after 30 -> {is_process_alive(P), exit(P, kill)} end.

%% erl_eval calls a fun for each message while it is still in the mailbox.
receiver() ->
    {ok, Ts, _} = erl_scan:string("receive {ok, [A | B]} when length(B) > 1 -> {B, A} end."),
    {ok, Es} = erl_parse:parse_exprs(Ts),
    {fun() -> {value, V, _} = erl_eval:exprs(Es, []), V end, Es}.
