%% erlang:start_timer, send_after, cancel and read; the timer module; clocks and their units.
-module(time_timers).
-export([main/0, tell/2]).

main() ->
    R1 = erlang:start_timer(20, self(), ball), p(receive {timeout, R1, B} -> B end),
    _ = erlang:send_after(10, self(), {sent, after_}), p(receive {sent, X} -> X end),
    R2 = erlang:send_after(5000, self(), never), Left = erlang:cancel_timer(R2), p([is_integer(Left), Left > 4000, erlang:cancel_timer(R2), erlang:read_timer(R2)]),
    R3 = erlang:start_timer(5000, self(), x), p([erlang:read_timer(R3) > 4000, erlang:cancel_timer(R3, [{async, false}, {info, false}]), erlang:cancel_timer(R3)]),
    R4 = erlang:send_after(5000, self(), y), p(erlang:cancel_timer(R4, [{async, true}])), p(receive {cancel_timer, R4, T} -> is_integer(T) end),
    p([receive M -> M end || _ <- [erlang:send_after(I, self(), {at, I}) || I <- [60, 20, 40, 1, 80]]]),
    register(timed, self()), erlang:send_after(5, timed, by_name), p(receive by_name -> named end), unregister(timed),
    erlang:send_after(5, nobody_here, lost), p(dead_target()), p(absolute()), p(many(1000)), p(zero()),
    p([refuse(fun() -> erlang:send_after(id(-1), self(), x) end), refuse(fun() -> erlang:start_timer(id(a), self(), x) end), refuse(fun() -> erlang:send_after(1, id("p"), x) end), refuse(fun() -> erlang:cancel_timer(id(x)) end), erlang:cancel_timer(make_ref())]),
    timer_module(), clocks().

p(X) -> io:format("~p~n", [X]).

dead_target() -> P = spawn(fun() -> ok end), timer:sleep(10), R = erlang:send_after(5, P, x), timer:sleep(15), erlang:read_timer(R).
absolute() -> T = erlang:monotonic_time(millisecond) + 20, R = erlang:start_timer(T, self(), abs, [{abs, true}]), receive {timeout, R, abs} -> erlang:monotonic_time(millisecond) >= T end.
many(N) -> Rs = [erlang:start_timer(I rem 50, self(), I) || I <- lists:seq(1, N)], lists:sum([receive {timeout, R, I} -> I end || R <- Rs]).
zero() -> erlang:send_after(0, self(), z), receive z -> zero after 1000 -> late end.

timer_module() ->
    {ok, _} = timer:send_after(10, self(), tm1), p(receive tm1 -> tm1 end),
    {ok, _} = timer:apply_after(10, ?MODULE, tell, [self(), applied]), p(receive applied -> ok end),
    {ok, I} = timer:send_interval(5, self(), tick), p([receive tick -> tick end || _ <- "abc"]), {ok, cancel} = timer:cancel(I), p(drain()),
    {ok, A} = timer:apply_interval(5, ?MODULE, tell, [self(), again]), p([receive again -> again end || _ <- "ab"]), p(timer:cancel(A)), p(drain()),
    {ok, C} = timer:send_after(1000, gone), p(timer:cancel(C)),
    {N, V} = timer:tc(lists, seq, [1, 3]), p([is_integer(N), V]),
    p([timer:seconds(2), timer:minutes(1), timer:hours(1), timer:hms(1, 2, 3), timer:now_diff({1, 2, 3}, {1, 1, 1})]),
    {ok, K} = timer:kill_after(5, P = spawn(fun() -> receive x -> ok end end)), R = monitor(process, P), p(receive {'DOWN', R, _, _, W} -> W end), timer:cancel(K),
    P2 = spawn(fun() -> receive x -> ok end end), R2 = monitor(process, P2), {ok, _} = timer:exit_after(5, P2, done), p(receive {'DOWN', R2, _, _, W2} -> W2 end).

tell(P, M) -> P ! M.
drain() -> timer:sleep(10), receive tick -> drain(); again -> drain() after 0 -> drained end.

clocks() ->
    A = erlang:monotonic_time(), B = erlang:monotonic_time(), p([B >= A, is_integer(A)]),
    p([erlang:convert_time_unit(1, second, U) || U <- [millisecond, microsecond, nanosecond, 10, 1000]]),
    p([erlang:convert_time_unit(1999, millisecond, second), erlang:convert_time_unit(-1500, microsecond, millisecond), erlang:convert_time_unit(3, 2, 7)]),
    S = erlang:system_time(second), p([S > 1600000000, abs(S - os:system_time(second)) < 5, abs(erlang:monotonic_time(second) + erlang:time_offset(second) - S) < 5]),
    {Mega, Sec, Micro} = erlang:timestamp(), p([is_integer(Mega), Sec < 1000000, Micro < 1000000, os:timestamp() > {0, 0, 0}, tuple_size(erlang:now())]),
    U1 = erlang:unique_integer([monotonic]), U2 = erlang:unique_integer([monotonic]), p([U2 > U1, erlang:unique_integer([positive]) > 0, erlang:unique_integer() =/= erlang:unique_integer()]),
    {{Y, Mo, D}, {H, Mi, Se}} = calendar:universal_time(), p([Y > 2020, Mo =< 12, D > 0, H < 24, Mi < 60, Se < 61]),
    p([tuple_size(date()), tuple_size(time()), erlang:universaltime() =/= 0, tuple_size(erlang:localtime())]).

refuse(F) -> try F() catch C:R -> {C, R} end.
id(X) -> X.
