%% Every control sequence of io:format with fields, precisions and pad characters, and wrong formats.
-module(io_format).
-export([main/0]).

main() ->
    f("~w ~p ~s ~c ~~ ~n", [foo, bar, "str", $c]),
    f("[~10w] [~-10w] [~10.5w] [~.3w] [~2w] [~10.4.*w]~n", [abc, abc, abcdefg, abcdefg, abcdefg, $x, abcdef]),
    f("[~10s] [~-10s] [~10.3s] [~.2s] [~-8.4.+s] [~3s]~n", ["abc", "abc", "abcdef", "abcdef", "abcdefgh", "abcdef"]),
    f("[~5c] [~-5c] [~3.2c] [~10.5c]~n", [$a, $b, $c, $d]),
    f("[~*c] [~*s] [~.*s] [~*.*s]~n", [3, $x, 8, "right", 2, "cut", 9, 3, "abcdef"]),
    f("[~8B] [~-8B] [~8.16B] [~8.16.0B] [~.2B]~n", [255, 255, 255, 255, 5]),
    f("[~.16#] [~.2#] [~.36B] [~.36b] [~.8x]~n", [255, 5, 123456, 123456, 64, "0o"]),
    f("[~8.2f] [~-10.3e] [~.1g] [~g] [~10.1.0f]~n", [3.14159, 31415.9, 0.01, 1.0e10, 2.55]),
    f("~i~w ~i~n", [skipped, shown, skipped]),
    f("~s ~s ~s~n", [atom, <<"binary">>, ["io", $l, ["ist"], <<"!">>]]),
    f("~p~n", [lists:seq(1, 60)]),
    f("~P~n~W~n", [lists:seq(1, 100), 10, lists:seq(1, 100), 10]),
    f("~P ~P ~P ~P~n", [{a, {b, {c, {d}}}}, 3, #{a => #{b => c}}, 3, "a string that is long", 4, <<"binary that is long">>, 3]),
    f("~W ~W~n", [[a, [b, [c, [d]]]], 4, {1, 2, 3, 4, 5, 6}, 4]),
    f("~20p|~n~5p|~n~1p~n~0p~n", [{abc, [1, 2, 3], "text"}, {x}, [aaaa, bbbb, {c, d}], lists:seq(1, 40)]),
    f("~p ~p ~p ~p~n", [[], {}, #{}, <<>>]),
    f("~p ~lp ~lw~n", ["abc", "abc", "abc"]),
    f("~w ~w ~w ~w ~w~n", ['hello world', 'Upper', '', 'it\'s', '\n\t\e']),
    f("~p ~p ~p~n", ["esc \n\t\"\\\e", [7, 8, 9, 10], [0, 1]]),
    f("~p ~p ~p ~w~n", [<<"text">>, <<1, 2, 3>>, <<"mixed\n", 200>>, <<"w">>]),
    f("~p ~w ~p~n", [[a | b], [1, 2 | 3], ["ab" | "cd"]]),
    f("~p~n", [[{K, V} || K <- [alpha, beta, gamma, delta], V <- [one, two, three]]]),
    f("~w ~w~n", [fun lists:map/2, fun erlang:'+'/2]),
    f("~p ~p ~p~n", ['if', 'andalso', 'ok@host']),
    io:format("no arguments~n"),
    io:format("~p~n", [not_a_list_of_one]),
    io:fwrite("~s", ["fwrite\n"]),
    io:write({written, "x", 1.5}), io:nl(),
    io:put_chars("chars\n"),
    io:format(<<"binary format ~p~n">>, [1]),
    io:format(list_to_atom("atom format~n"), []),
    [f("~p~n", [refuse(A)]) || A <- [["~p", []], ["~p", [a, b]], ["~s", [{}]], ["~c", [a]], ["~y", [1]], ["~B", [1.5]],
                                     ["~f", [1]], ["~", []], ["~s", [[a]]], ["~w", x], ["~.1B", [1]], ["~e", [x]]]],
    f("~p~n", [io_lib:format("~s-~w", ["a", b])]),
    f("~p~n", [lists:flatten(io_lib:format("~p", [{x, "y"}]))]),
    f("~s~n", [io_lib:format("~80p", [lists:duplicate(30, {item, "name", 42})])]),
    f("~p~n", [io_lib:scan_format("~10.2f ~s", [1.0, "x"])]).

f(F, A) -> io:format(F, A).

refuse([F, A]) ->
    try lists:flatten(io_lib:format(F, A))
    catch C:R -> {C, R}
    end.
