%% Reading terms: erl_scan, erl_parse, erl_eval, io_lib:fread, erl_pp.
-module(io_scan).
-export([main/0]).

main() ->
    p(erl_scan:string("foo(X, \"str\", 1.5e3, $a, 16#FF, 'q a') -> {X, [1|T]}. % note")),
    p(erl_scan:string("a.\nb \"unterminated")),
    p(erl_scan:string("x := #{a => <<1:8>>} =< ++ -- /= =:= .")),
    [p(term(S)) || S <- ["{a, 1, \"x\", [b | c], 2.5, <<1,2:4>>, #{k => v}}.", "-5.", "[].", "a b.", "{a", "'A'.", "16#ff.", "\"a\" \"b\"."]],
    [p(eval(S, [{'X', 21}])) || S <- ["X * 2.", "[Y * Y || Y <- lists:seq(1, 5)].", "case X of 21 -> yes; _ -> no end.", "F = fun(A) -> A + X end, F(1).",
                                      "try 1 div 0 catch error:R -> R end.", "#{a := V} = #{a => 5}, V.", "<<A:4, B:4>> = <<16#AB>>, {A, B}.",
                                      "if X > 20 -> big; true -> small end.", "begin Z = 3, Z + X end.", "<< <<(C + 1)>> || C <- \"abc\" >>.", "G = fun H(0) -> 1; H(N) -> N * H(N - 1) end, G(10).",
                                      "foo + 1.", "undefined_fun().", "receive after 0 -> timed_out end."]],
    [p(io_lib:fread(F, S)) || {F, S} <- [{"~d ~d", "12 34"}, {"~s=~d", "abc =5"}, {"~f", "1.5"}, {"~d", "x"}, {"~16u", "ff"}, {"~c~c", "ab"}, {"~a ~d", "atom 7"}, {"~d", ""}, {"~3d~s", "12345"}]],
    [pp(S) || S <- ["f(0) -> 1; f(N) when N > 0, is_integer(N) -> N * f(N - 1).", "g(X) -> case X of {a, B} -> B; [H | _] = L -> [H | L]; #{k := V} -> V end.",
                    "h() -> fun(X) -> [Y || Y <- X, Y > 1] end.", "-record(r, {a = 1, b}).", "i() -> try x() catch throw:E:S -> {E, S} after z() end.",
                    "j(<<A:8, B/binary>>) -> receive {A, B} -> ok after 100 -> late end.", "k() -> begin a, \"str\" ++ [1.5, 'q a'] end."]],
    p([erl_parse:abstract(T) || T <- [a, 1, "s", {x, [y]}, <<"b">>, #{a => 1.5}]]),
    p([erl_parse:normalise(erl_parse:abstract(T)) || T <- [a, {x, "y", [1 | 2]}, #{k => <<1>>}]]),
    p([erl_anno:line(erl_anno:new(5)), erl_internal:bif(abs, 1), erl_internal:guard_bif(foo, 1)]).

p(X) -> io:format("~p~n", [X]).

term(S) ->
    case erl_scan:string(S) of
        {ok, Ts, _} -> erl_parse:parse_term(Ts);
        Error -> Error
    end.

eval(S, Bs) ->
    {ok, Ts, _} = erl_scan:string(S),
    {ok, Es} = erl_parse:parse_exprs(Ts),
    try erl_eval:exprs(Es, Bs) of
        {value, V, _} -> V
    catch C:R -> {C, R}
    end.

pp(S) ->
    {ok, Ts, _} = erl_scan:string(S),
    {ok, Form} = erl_parse:parse_form(Ts),
    io:format("~s", [erl_pp:form(Form)]).
