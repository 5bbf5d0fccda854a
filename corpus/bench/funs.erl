%% Funs: closures made, called, composed; maps and folds of the lists module.
-module(funs).
-export([main/0, main/1]).

main() -> main(900000).

main(N) ->
    T0 = erlang:monotonic_time(microsecond),
    R = compose(N, fun(X) -> X end, 0) + fold(N div 100, 0) + church(N, 0),
    T1 = erlang:monotonic_time(microsecond),
    io:format("~p~nelapsed ~p us~n", [R, T1 - T0]).

compose(0, F, S) -> F(S);
compose(N, F, S) when N rem 8 =:= 0 -> compose(N - 1, fun(X) -> (X + N) band 16#FFFF end, F(S));
compose(N, F, S) -> compose(N - 1, fun(X) -> F(X bxor N) end, S + 1).

fold(0, S) -> S;
fold(N, S) ->
    L = lists:map(fun(X) -> X * N end, lists:seq(1, 100)),
    F = lists:filter(fun(X) -> X band 1 =:= 0 end, L),
    fold(N - 1, lists:foldl(fun(X, A) -> (A + X) band 16#FFFFFF end, S, F)).

church(0, S) -> S;
church(N, S) -> church(N - 1, (numeral(5))(fun(X) -> (X + N) band 16#FFFFF end, S)).
numeral(0) -> fun(_, X) -> X end;
numeral(N) -> P = numeral(N - 1), fun(F, X) -> F(P(F, X)) end.
