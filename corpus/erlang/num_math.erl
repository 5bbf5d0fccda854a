%% The math module and number-theory helpers; results printed with 10 digits, where libms agree.
-module(num_math).
-export([main/0]).

main() ->
    Xs = [0.0, 0.5, 1.0, 1.5, 2.0, -0.5, -1.0, 10.0],
    [row(F, Xs) || F <- [sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, atanh, acosh,
                         exp, log, log2, log10, sqrt, erf, erfc, ceil, floor]],
    [io:format("~w ~w ~s ~s ~s~n", [A, B, show(pow, [A, B]), show(atan2, [A, B]), show(fmod, [A, B])])
     || A <- [2, -2, 0.5, 10], B <- [3, -3, 0.5, 0, 2.5]],
    io:format("~.10f~n", [math:pi()]),
    io:format("~s~n", [show(sqrt, [1 bsl 100])]),
    io:format("~s~n", [show(log2, [1 bsl 1000])]),
    io:format("~p~n", [catch_(fun() -> math:exp(1000) end)]),
    io:format("~p~n", [catch_(fun() -> math:sqrt(foo) end)]),
    io:format("~p~n", [catch_(fun() -> math:log(0) end)]),
    io:format("~p~n", [catch_(fun() -> math:pow(2, 5000) end)]),
    io:format("~p~n", [[trunc(math:pow(2, N)) || N <- [0, 10, 52, 62]]]),
    io:format("~.8f~n", [integral(fun(X) -> math:sin(X) end, 0.0, math:pi(), 1000)]).

row(F, Xs) ->
    io:format("~w: ~s~n", [F, lists:join(" ", [show(F, [X]) || X <- Xs])]).

show(F, Args) ->
    try io_lib:format("~.10g", [apply(math, F, Args)])
    catch error:R -> io_lib:format("~w", [R])
    end.

catch_(F) -> try F() catch C:R -> {C, R} end.

integral(F, A, B, N) ->
    H = (B - A) / N,
    H * lists:sum([F(A + (I + 0.5) * H) || I <- lists:seq(0, N - 1)]).
