%% make_terms.erl - random terms, as the external term format and as OTP prints them.
%%
%% make_terms:main(File, Count, Seed) writes records of <<Size:32, Bytes>> parts: the term, then one
%% part for each way of printing in ways/0, which terms.c knows in the same order.
-module(make_terms).
-export([main/3]).

main(File, Count, Seed) ->
    rand:seed(exsss, Seed),
    {ok, Out} = file:open(File, [write, raw, binary, delayed_write]),
    [ok = file:write(Out, record(term(N))) || N <- fixed() ++ lists:seq(1, Count)],
    ok = file:close(Out).

record(Term) ->
    Texts = [unicode:characters_to_binary(io_lib:format(Format, [Term | Args]))
             || {Format, Args} <- ways()],
    [<<(byte_size(Part)):32, Part/binary>> || Part <- [term_to_binary(Term) | Texts]].

ways() ->
    [{"~w", []}, {"~p", []}, {"~0p", []}, {"~tp", []}, {"~30p", []}, {"abcdefgh~p", []},
     {"~W", [2]}, {"~W", [7]}, {"~P", [2]}, {"~P", [9]}, {"~tP", [5]}, {"~40P", [30]}].

fixed() ->
    [{fixed, T} || T <- floats() ++ atoms() ++ others()].

floats() ->
    [1.0e22, 123456789.0, 1.0e-5, 0.1, 0.01, 0.001, 0.0001, 1.0e5, 9007199254740991.0,
     9007199254740992.0, 5.0e-324, 1.7976931348623157e308, -0.0, 2.2250738585072014e-308,
     5.684341886080802e-14, 9.5367431640625e-7, 4.35, 0.3, 2.0e-3, 100.0, 1.0e21, 1.0e23]
    ++ [math:pow(2, N) || N <- lists:seq(-1074, 1023)].

atoms() ->
    ['', a, 'A', 'hello world', 'it\'s', '\n', 'a\\b', 'é', 'aé', 'É', '÷', '日本', 'a日', '\x{7f}',
     '\x{85}', 'a@b_C9', '9a', '_', '@', 'maybe', 'else', 'Elixir.Foo', '"'] ++
    ['after','begin','case','try','cond','catch','andalso','orelse','end','fun','if','let','of',
     'receive','when','bnot','not','div','rem','band','and','bor','bxor','bsl','bsr','or','xor'].

others() ->
    [fun lists:map/2, fun 'Elixir.A':'B c'/1, erl_eval_fun(), self(), make_ref(),
     hd(erlang:ports()), [], {}, #{}, <<>>, <<1:1>>, "", [a|b], [[[]]], {{}, #{}}, <<"é"/utf8>>,
     <<"日本"/utf8>>, <<233, 232>>, "日本", "é", [1|"abc"], [0], "\t\n\e\b\f\v\r", "\d", [160],
     lists:seq(1, 200), list_to_tuple(lists:seq(1, 100)), binary:copy(<<7>>, 300),
     binary:copy(<<"text ">>, 60), lists:duplicate(300, $x), <<(1 bsl 801):803>>, 1 bsl 63,
     -(1 bsl 63), -(1 bsl 63) - 1, 1 bsl 64, 1 bsl 2048, -(1 bsl 2040), 1 bsl 2039].

erl_eval_fun() ->
    {ok, Tokens, _} = erl_scan:string("fun(X) -> X end."),
    {ok, Exprs} = erl_parse:parse_exprs(Tokens),
    {value, Fun, _} = erl_eval:exprs(Exprs, []),
    Fun.

term({fixed, T}) -> T;
term(N) -> random(1 + N rem 6).

random(0) -> leaf(rand:uniform(12));
random(Depth) ->
    Size = case rand:uniform(40) of 1 when Depth < 3 -> 30; Usual -> 1 + Usual rem 6 end,
    case rand:uniform(8) of
        1 -> leaf(rand:uniform(12));
        2 -> [random(Depth - 1) | leaf(rand:uniform(12))];
        3 -> maps:from_list([{random(rand:uniform(Depth) - 1), random(Depth - 1)}
                             || _ <- lists:seq(1, Size)]);
        Y when Y < 6 -> list_to_tuple(some(Depth, Size));
        6 -> list_to_tuple([random_atom() | some(Depth, Size)]);
        _ -> some(Depth, Size)
    end.

some(Depth, Size) ->
    [random(Depth - 1) || _ <- lists:seq(1, rand:uniform(Size + 1) - 1)].

leaf(1) -> rand:uniform(1000) - 500;
leaf(2) -> (rand:uniform(1 bsl 62) - (1 bsl 61)) bsr rand:uniform(60);
leaf(3) -> (rand:uniform(1 bsl 300) - (1 bsl 299)) bsr rand:uniform(299);
leaf(4) -> float();
leaf(5) -> text(rand:uniform(30));
leaf(6) -> list_to_binary(text(rand:uniform(60)));
leaf(7) -> rand:bytes(rand:uniform(40));
leaf(8) -> <<0:(rand:uniform(20)), (rand:bytes(rand:uniform(5)))/binary>>;
leaf(9) -> unicode:characters_to_binary(text(rand:uniform(9)) ++ [16#3b1 + rand:uniform(20)]);
leaf(10) -> text(rand:uniform(9)) ++ [rand:uniform(16#2ff)];
leaf(_) -> random_atom().

float() ->
    case <<(rand:uniform(1 bsl 64) - 1):64>> of
        <<F/float>> -> case rand:uniform(3) of 1 -> F; 2 -> round(math:fmod(F, 1.0e6)) / 1000; 3 -> rand:uniform() end;
        _ -> 1.5
    end.

random_atom() -> list_to_atom(case rand:uniform(6) of 1 -> text(rand:uniform(8)); _ -> name() end).

name() -> [$a + rand:uniform(26) - 1 || _ <- lists:seq(1, rand:uniform(14))].

text(Size) ->
    [case rand:uniform(40) of 1 -> $\n; 2 -> $"; 3 -> $'; 4 -> 160 + rand:uniform(90); 5 -> rand:uniform(255);
         _ -> 31 + rand:uniform(95) end || _ <- lists:seq(1, Size)].
