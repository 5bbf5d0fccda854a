%% ~p's line breaking on deep structures: records, maps, tuples, strings in strings, binaries, widths.
-module(io_pretty).
-export([main/0]).
-record(person, {name, age, address = "nowhere", tags = []}).

main() ->
    P = #person{name = "Ann Other", age = 42, tags = [alpha, beta, {gamma, 3.5}]},
    Config = [{application, cryo, [{description, "A bulletin board system which never ends its line before the margin"},
              {vsn, "1.0"}, {modules, [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10]},
              {env, [{port, 8080}, {host, {127, 0, 0, 1}}, {options, #{verbose => true, depth => 10, name => <<"x">>}}]}]}],
    p(P), p(Config), p({P, [P, P], #{P => P}}),
    p(lists:duplicate(5, lists:seq(1, 30))),
    p([list_to_binary(lists:duplicate(30, $a + N)) || N <- lists:seq(0, 5)]),
    p(list_to_binary(lists:seq(0, 60))),
    p(<< <<"long binary text which does not fit on one line, so that it has to be broken ">>/binary, 0:8, 255:8 >>),
    p(lists:flatten(lists:duplicate(12, "a string to break "))),
    p({"short", lists:flatten(lists:duplicate(9, "words and more ")), end_}),
    p(#{key => lists:seq(1, 50), "another key" => #{nested => #{deep => #{deeper => [1, 2, 3, {4, 5, 6}]}}}}),
    p(maps:from_list([{N, {value, N * 1000}} || N <- lists:seq(1, 20)])),
    p(nest(12)), p(nest_tuple(14)), p(nest_map(7)),
    p([{function_with_a_long_name, argument_number_one, "argument number two", [argument, three]} || _ <- lists:seq(1, 3)]),
    p([1.5, -2.0e10, 1.0e-5, 123456789012345678901234567890]),
    p([[], [[]], [[[]]], {}, {{}}, {{{}}}, #{}, [#{}]]),
    p([a | {b, c}]), p(lists:seq(1, 40) ++ tail),
    p(["text", 1, "more text", [$a, $b], [300], "\x{7f}"]),
    [io:format("~*p~n", [W, {tuple, [some, 'several words'], "and strings", #{a => 1}}]) || W <- [1, 10, 20, 40, 80]],
    io:format("~s~n", [io_lib:print(P)]),
    io:format("~s~n", [io_lib:print(Config, 1, 40, -1)]),
    io:format("~s~n", [io_lib:print(Config, 5, 60, 8)]),
    io:format("prefix: ~p suffix~n", [Config]),
    io:format("    ~p~n", [lists:seq(100, 140)]),
    [io:format("~P~n", [nest(20), D]) || D <- [1, 2, 5, 10, 30]],
    [io:format("~P~n", [Config, D]) || D <- [3, 6, 9, 12, 15, 20, 40]],
    io:format("~s~n", [io_lib_pretty:print(P, fun(person, 4) -> [name, age, address, tags]; (_, _) -> no end)]),
    io:format("~s~n", [io_lib_pretty:print([P, P], [{column, 5}, {line_length, 50}, {depth, -1}, {record_print_fun, fun(person, 4) -> [name, age, address, tags]; (_, _) -> no end}])]),
    io:format("~0p~n~w~n", [Config, Config]),
    io:format("~p~n", [[io_lib:write(T) || T <- [a, "s", 1.5, {x}, #{a => b}, <<1>>]]]),
    io:format("~p~n", [[io_lib:write_string("q\"\n"), io_lib:write_atom('a b'), io_lib:write_char($\n), io_lib:nl()]]).

p(X) -> io:format("~p~n", [X]).

nest(0) -> [];
nest(N) -> [N, nest(N - 1)].
nest_tuple(0) -> leaf;
nest_tuple(N) -> {node, N, nest_tuple(N - 1)}.
nest_map(0) -> #{};
nest_map(N) -> #{level => N, child => nest_map(N - 1)}.
