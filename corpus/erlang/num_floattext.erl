%% Floats as text: shortest printing, ~e ~f ~g, float_to_list options, and reading back.
-module(num_floattext).
-export([main/0]).

main() ->
    Fs = [0.0, -0.0, 1.0, 0.1, 0.2, 0.3, 1.0e21, 1.0e22, 1.0e23, 123456789012345680.0, 1.0e15,
          1.0e16, 1.0e17, 1.0e-4, 1.0e-5, 1.0e-7, 5.0e-324, 1.7976931348623157e308, 100.0,
          1234567.891, 0.000123456, 2.5, 9007199254740993.0, 4.35, 0.1 + 0.2, 1 / 3, 2 / 3,
          1.0e100, 123.456, -77.125, 4.4501477170144023e-308],
    [io:format("~w ~p ~s~n", [F, F, float_to_list(F)]) || F <- Fs],
    [io:format("~e|~f|~g|~.3e|~.1f|~.10g|~12.4f|~-12.2f|~w~n", [F, F, F, F, F, F, F, F, F])
     || F <- Fs, abs(F) < 1.0e15, F =:= 0.0 orelse abs(F) > 1.0e-20],
    [io:format("~s ~s ~s ~s~n", [float_to_list(F, [{decimals, 4}]),
                                 float_to_list(F, [{decimals, 6}, compact]),
                                 float_to_list(F, [{scientific, 3}]),
                                 float_to_binary(F, [short])])
     || F <- Fs, abs(F) < 1.0e20],
    [io:format("~w~n", [list_to_float(S)])
     || S <- ["1.0", "-0.0", "1.5e3", "1.5E+3", "1.25e-3", "123456789.123456789",
              "2.2250738585072011e-308", "1.7976931348623157e308", "0.1e1"]],
    [io:format("~s: ~p~n", [S, catch_(fun() -> list_to_float(S) end)])
     || S <- ["1", "1.", ".5", "1e3", "1.0e", "1.0e400", "", "abc", "1.0 "]],
    io:format("~p~n", [[binary_to_float(B) || B <- [<<"3.25">>, <<"-1.0e-2">>]]]),
    io:format("~p~n", [[list_to_float(float_to_list(F)) == F || F <- Fs]]),
    io:format("~p~n", [[binary_to_float(float_to_binary(F, [short])) =:= F || F <- Fs]]),
    io:format("~p~n", [[io_lib:format("~.2f", [F]) || F <- [0.005, 0.015, 0.025, 1.005, 2.675, 1.0e10]]]),
    io:format("~p~n", [string:to_float("12.5abc")]),
    io:format("~p~n", [string:to_float("abc")]),
    io:format("~w~n", [io_lib:fwrite("~p", [1.0e-10])]).

catch_(F) -> try F() catch C:R -> {C, R} end.
