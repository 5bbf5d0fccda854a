%% receive ... after: zero, finite, infinity, computed, wrong; sleeping orders; timeouts do not eat messages.
-module(time_after).
-export([main/0]).

main() ->
    p([receive x -> x after 0 -> zero end, receive x -> x after 10 -> ten end]),
    self() ! x, p(receive x -> x after 0 -> zero end),
    p([refuse(fun() -> receive x -> x after id(-1) -> neg end end), refuse(fun() -> receive x -> x after id(a) -> atom end end), refuse(fun() -> receive x -> x after id(1.5) -> f end end), refuse(fun() -> receive x -> x after id(1 bsl 70) -> f end end)]),
    spawn_send(20, hello), p(receive M -> M after infinity -> never end),
    spawn_send(5, hello2), p(receive M2 -> M2 after id(infinity) -> never end),
    p(sleep_sort([50, 10, 90, 30, 70])),
    T0 = erlang:monotonic_time(millisecond), timer:sleep(50), T1 = erlang:monotonic_time(millisecond), p(T1 - T0 >= 50), p(T1 - T0 < 1000),
    p(receive after 1 -> only_after end),
    self() ! keep, p(receive never -> x after 10 -> timeout end), p(receive keep -> kept after 0 -> lost end),
    p(countdown(5)), p(restarted()), p(rate()), p(watchdog([5, 5, 300])), p(timeouts(200)), p(nested()), p(both()),
    p([receive {a, X} -> X after 0 -> receive {b, X} -> X after 0 -> none end end || _ <- [self() ! {b, 1}, 2]]),
    p(element(1, timer:tc(fun() -> timer:sleep(20) end)) >= 20000).

p(X) -> io:format("~p~n", [X]).
spawn_send(Ms, M) -> Me = self(), spawn(fun() -> receive after Ms -> Me ! M end end).
sleep_sort(L) -> Me = self(), [spawn(fun() -> timer:sleep(X), Me ! {slept, X} end) || X <- L], [receive {slept, X} -> X end || _ <- L].
countdown(0) -> [liftoff];
countdown(N) -> receive after 2 -> [N | countdown(N - 1)] end.

%% Messages which do not match do not restart the clock.
restarted() ->
    Me = self(), P = spawn(fun() -> spam(Me) end), T0 = erlang:monotonic_time(millisecond),
    R = receive wanted -> x after 60 -> timed_out end, T = erlang:monotonic_time(millisecond) - T0, exit(P, kill), flush(), {R, T >= 60, T < 500}.
spam(P) -> P ! noise, timer:sleep(7), spam(P).
flush() -> receive noise -> flush() after 20 -> ok end.

rate() -> Me = self(), P = spawn(fun() -> ticker(Me, 5, 4) end), R = [receive {tick, P, N} -> N end || _ <- lists:seq(1, 4)], R.
ticker(_, _, 0) -> ok;
ticker(P, Ms, N) -> receive after Ms -> P ! {tick, self(), N}, ticker(P, Ms, N - 1) end.

watchdog(Gaps) ->
    Dog = self(), spawn(fun() -> [begin timer:sleep(G), Dog ! kick end || G <- Gaps] end), watch(0).
watch(N) -> receive kick -> watch(N + 1) after 120 -> {bitten_after, N} end.

timeouts(N) -> Me = self(), [spawn(fun() -> receive never -> ok after I rem 13 -> Me ! {t, I} end end) || I <- lists:seq(1, N)], length([receive {t, I} -> I end || I <- lists:seq(1, N)]).
nested() -> receive a -> a after 5 -> receive b -> b after 5 -> receive c -> c after 5 -> all_out end end end.
both() -> self() ! m, receive m -> message after 0 -> timeout end.
refuse(F) -> try F() catch C:R -> {C, R} end.
id(X) -> X.
