%% Float arithmetic: exact results, rounding, comparison with integers, errors instead of infinities.
-module(num_float).
-export([main/0]).

main() ->
    Fs = [0.0, -0.0, 1.0, -1.5, 0.1, 1.0e10, 1.0e-10, 3.141592653589793, 1.7976931348623157e308,
          5.0e-324, 2.2250738585072014e-308, 123456789.125],
    [io:format("~w ~w: ~w~n", [A, B, ops(A, B)]) || A <- Fs, B <- Fs],
    [io:format("~w: ~w~n", [F, {try_(fun() -> trunc(F) end), try_(fun() -> round(F) end),
                                try_(fun() -> floor(F) end), try_(fun() -> ceil(F) end),
                                abs(F), -F, float(F)}])
     || F <- [0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999999999999994, 1.0e20, -1.0e20, 4503599627370497.5]],
    io:format("~w~n", [[1 == 1.0, 1 =:= 1.0, 0.0 == -0.0, 0.0 =:= -0.0, 1 < 1.5, 2 > 1.5, 1 =< 1.0]]),
    io:format("~w~n", [[1 bsl 53 == 9007199254740992.0, (1 bsl 53) + 1 == 9007199254740992.0,
                        (1 bsl 53) + 1 > 9007199254740992.0]]),
    io:format("~w~n", [try_(fun() -> float(id(1 bsl 2000)) end)]),
    io:format("~w~n", [sum(0.1, 1000, 0.0)]),
    io:format("~w~n", [newton(2.0, 1.0, 10)]),
    io:format("~w~n", [poly([1.5, -2.25, 0.125, 7.0], 1.1)]),
    io:format("~w~n", [lists:sort([3, 2.5, 1, 1.0, -0.5, 0, 1.0e3, 999])]),
    io:format("~w~n", [[X / Y || X <- [1, 2, 10, 1 bsl 70], Y <- [3, 7.0, -0.5]]]),
    io:format("~w~n", [mandel(-0.75, 0.1, 200)]).

ops(A, B) ->
    [try_(fun() -> A + B end), try_(fun() -> A - B end), try_(fun() -> A * B end),
     try_(fun() -> A / B end), A < B, A == B].

try_(F) -> try F() catch error:R -> R end.

sum(_, 0, S) -> S;
sum(X, N, S) -> sum(X, N - 1, S + X).

newton(_, X, 0) -> X;
newton(A, X, N) -> newton(A, (X + A / X) / 2, N - 1).

poly(Cs, X) -> lists:foldl(fun(C, Acc) -> Acc * X + C end, 0.0, Cs).

mandel(Cr, Ci, Max) -> mandel(0.0, 0.0, Cr, Ci, 0, Max).
mandel(_, _, _, _, Max, Max) -> inside;
mandel(Zr, Zi, _, _, N, _) when Zr * Zr + Zi * Zi > 4.0 -> N;
mandel(Zr, Zi, Cr, Ci, N, Max) ->
    mandel(Zr * Zr - Zi * Zi + Cr, 2 * Zr * Zi + Ci, Cr, Ci, N + 1, Max).

id(X) -> X.
