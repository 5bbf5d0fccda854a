%% Naive reverse: list cells made and thrown away as fast as possible.
-module(nrev).
-export([main/0, main/1]).

main() -> main(40000).

main(N) ->
    T0 = erlang:monotonic_time(microsecond),
    R = repeat(N, lists:seq(1, 60), 0),
    T1 = erlang:monotonic_time(microsecond),
    io:format("~p~nelapsed ~p us~n", [R, T1 - T0]).

repeat(0, _, S) -> S;
repeat(N, L, S) -> repeat(N - 1, L, S + hd(nrev(L))).

nrev([]) -> [];
nrev([H | T]) -> app(nrev(T), [H]).

app([], L) -> L;
app([H | T], L) -> [H | app(T, L)].
