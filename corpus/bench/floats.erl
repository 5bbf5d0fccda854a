%% Floats: the Mandelbrot set, and an n-body step with tuples of floats.
-module(floats).
-export([main/0, main/1]).

main() -> main(400).

main(N) ->
    T0 = erlang:monotonic_time(microsecond),
    R = mandelbrot(N) + bodies(N * 1000),
    T1 = erlang:monotonic_time(microsecond),
    io:format("~p~nelapsed ~p us~n", [R, T1 - T0]).

mandelbrot(N) -> lists:sum([point(-2.0 + 3.0 * X / N, -1.0 + 2.0 * Y / N) || X <- lists:seq(1, N), Y <- lists:seq(1, N)]).

point(Cr, Ci) -> point(0.0, 0.0, Cr, Ci, 0).
point(Zr, Zi, Cr, Ci, K) when K < 50, Zr * Zr + Zi * Zi =< 4.0 ->
    point(Zr * Zr - Zi * Zi + Cr, 2.0 * Zr * Zi + Ci, Cr, Ci, K + 1);
point(_, _, _, _, K) -> K.

bodies(N) ->
    {X, Y, _, _} = steps(N, {1.0, 0.0, 0.0, 1.0}),
    trunc((X * X + Y * Y) * 1000).

steps(0, B) -> B;
steps(N, {X, Y, Vx, Vy}) ->
    R2 = X * X + Y * Y,
    A = -0.001 / (R2 * math:sqrt(R2)),
    Vx1 = Vx + A * X,
    Vy1 = Vy + A * Y,
    steps(N - 1, {X + 0.001 * Vx1, Y + 0.001 * Vy1, Vx1, Vy1}).
