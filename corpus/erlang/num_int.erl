%% Small-integer arithmetic, its borders, and what each operator refuses.
-module(num_int).
-export([main/0]).

main() ->
    Ns = [0, 1, -1, 2, -2, 7, -7, 10, 255, -256, 65535, 1 bsl 27, -(1 bsl 27)],
    [row(A, B) || A <- Ns, B <- Ns],
    borders(),
    [refuse(F) || F <- refused()],
    io:format("~p~n", [collatz(27, 0)]),
    io:format("~p~n", [[gcd(A, B) || A <- [12, 35, 1071, 0], B <- [18, 64, 462, 5]]]),
    io:format("~p~n", [primes(200)]).

row(A, 0) ->
    io:format("~w ~w: ~w~n", [A, 0, {A + 0, A - 0, A * 0, A band 0, A bor 0, A bxor 0}]);
row(A, B) ->
    io:format("~w ~w: ~w~n", [A, B, {A + B, A - B, A * B, A div B, A rem B, A band B, A bor B,
                                     A bxor B, A < B, A =:= B, max(A, B), min(A, B)}]).

%% The border between small and big is 60 bits on a 64-bit machine.
borders() ->
    Max = (1 bsl 59) - 1,
    Min = -(1 bsl 59),
    io:format("~w~n", [[Max, Max + 1, Min, Min - 1, Max + 1 - 1 =:= Max, Min - 1 + 1 =:= Min]]),
    io:format("~w~n", [[-Max, -Min, abs(Min), abs(Max), Max * Max, Min * Min, Min * -1]]),
    io:format("~w~n", [[Min div -1, Min rem -1, (Min - 1) div -1, bnot Max, bnot Min]]),
    io:format("~w~n", [[Max + Max, Min + Min, Max - Min, Min - Max, Max bsl 1, Min bsr 1]]).

refused() ->
    [fun() -> id(1) div id(0) end, fun() -> id(1) rem id(0) end, fun() -> id(a) + id(1) end,
     fun() -> id(1) - id("1") end, fun() -> id(1.0) band id(1) end, fun() -> bnot id(1.5) end,
     fun() -> id(3.0) div id(2) end, fun() -> -id({}) end, fun() -> abs(id(x)) end,
     fun() -> id(1) bsl id(a) end, fun() -> id(1) * id([]) end, fun() -> id(1) / id(0) end,
     fun() -> id(5) rem id(2.0) end, fun() -> id(true) xor id(1) end, fun() -> not id(1) end].

refuse(F) ->
    try io:format("~w~n", [F()])
    catch C:R -> io:format("~w:~w~n", [C, R])
    end.

collatz(1, N) -> N;
collatz(X, N) when X band 1 =:= 0 -> collatz(X bsr 1, N + 1);
collatz(X, N) -> collatz(3 * X + 1, N + 1).

gcd(A, 0) -> A;
gcd(A, B) -> gcd(B, A rem B).

primes(N) -> sieve(lists:seq(2, N)).

sieve([]) -> [];
sieve([P | T]) -> [P | sieve([X || X <- T, X rem P =/= 0])].

id(X) -> X.
