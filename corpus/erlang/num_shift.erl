%% Shifts and bitwise operations on small and big integers of both signs.
-module(num_shift).
-export([main/0]).

main() ->
    Vs = [0, 1, -1, 5, -5, 16#FFFFFFFF, -16#FFFFFFFF, 1 bsl 59, -(1 bsl 59), (1 bsl 64) - 1,
          -(1 bsl 64), 1 bsl 100, -(1 bsl 100) - 1, 16#123456789ABCDEF0123456789ABCDEF],
    Ss = [0, 1, 3, 31, 32, 59, 60, 63, 64, 65, 127, 128, 200],
    [io:format("~w bsl ~w: ~.16B~n~w bsr ~w: ~.16B~n", [V, S, V bsl S, V, S, V bsr S])
     || V <- Vs, S <- Ss],
    [io:format("~w ~w ~w~n", [V, V bsl -S, V bsr -S]) || V <- [3, -3, 1 bsl 70], S <- [1, 40, 90]],
    [io:format("~.16B ~.16B ~.16B ~.16B~n", [A band B, A bor B, A bxor B, bnot A])
     || A <- Vs, B <- Vs],
    io:format("~p~n", [[popcount(V) || V <- Vs, V >= 0]]),
    io:format("~p~n", [[bits(V) || V <- [1, 255, 256, 1 bsl 64, (1 bsl 64) - 1]]]),
    io:format("~p~n", [[(V bsr 300) || V <- Vs]]),
    io:format("~p~n", [try id(1) bsl (1 bsl 70) catch C:R -> {C, R} end]),
    io:format("~p~n", [id(0) bsl (1 bsl 70)]),
    io:format("~p~n", [{id(1) bsr (1 bsl 70), id(-1) bsr (1 bsl 70)}]),
    io:format("~p~n", [rotl(16#80000001, 4)]),
    io:format("~p~n", [xorshift(2463534242, 20)]).

popcount(0) -> 0;
popcount(N) -> (N band 1) + popcount(N bsr 1).

bits(0) -> 0;
bits(N) -> 1 + bits(N bsr 1).

rotl(X, N) -> ((X bsl N) bor (X bsr (32 - N))) band 16#FFFFFFFF.

xorshift(_, 0) -> [];
xorshift(X0, N) ->
    X1 = X0 bxor ((X0 bsl 13) band 16#FFFFFFFF),
    X2 = X1 bxor (X1 bsr 17),
    X3 = X2 bxor ((X2 bsl 5) band 16#FFFFFFFF),
    [X3 | xorshift(X3, N - 1)].

id(X) -> X.
