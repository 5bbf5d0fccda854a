%% Tuples: element, setelement, records, nested structures, a heap of tuples.
-module(tuples).
-export([main/0, main/1]).

main() -> main(4000000).

main(N) ->
    T0 = erlang:monotonic_time(microsecond),
    R = grid(N, erlang:make_tuple(16, 0)) + heap(N div 4, nil, 1) + records(N, {point, 0, 0, {colour, 1, 2, 3}}),
    T1 = erlang:monotonic_time(microsecond),
    io:format("~p~nelapsed ~p us~n", [R, T1 - T0]).

grid(0, T) -> lists:sum(tuple_to_list(T));
grid(N, T) ->
    I = N band 15 + 1,
    grid(N - 1, setelement(I, T, (element(17 - I, T) + N) band 255)).

records(0, {point, X, Y, {colour, R, _, _}}) -> X + Y + R;
records(N, {point, X, Y, {colour, R, G, B}} = P) ->
    records(N - 1, setelement(2, setelement(4, P, {colour, G, B, R}), (X + Y + N) band 1023)).

%% A skew heap, half of what comes in goes out again.
heap(0, H, S) -> S + size_of(H, 0);
heap(N, H, S) ->
    X = (S * 1103515245 + 12345) band 16#FFFFF,
    case N band 1 of
        0 -> heap(N - 1, meld({X, nil, nil}, H), X);
        1 when H =:= nil -> heap(N - 1, H, X);
        1 -> {_, A, B} = H, heap(N - 1, meld({X, nil, nil}, meld(A, B)), X)
    end.

meld(nil, H) -> H;
meld(H, nil) -> H;
meld({X, A, B}, {Y, _, _} = H) when X =< Y -> {X, meld(B, H), A};
meld(G, H) -> meld(H, G).

size_of(nil, N) -> N;
size_of({_, A, B}, N) -> size_of(A, size_of(B, N + 1)).
