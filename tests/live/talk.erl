%% What node.py talks to: reads expressions from standard input, a line each, and answers with a line
%% each: "=> VALUE", or "!! REASON" when evaluating failed. Variables keep their values, and self() is
%% the same process every time.
-module(talk).
-export([main/0, main/1]).

main() ->
    main([]).

main(Words) ->
    spawn(fun() -> begin_with(Words) end).

begin_with(Words) ->
    io:setopts([{encoding, unicode}]),
    case Words of
        [] -> ok;
        [Module | Args] -> (list_to_atom(Module)):start(Args)
    end,
    answer("=>", ready),
    loop(erl_eval:new_bindings()).

loop(Bindings) ->
    case io:get_line("") of
        Line when is_list(Line) -> loop(evaluate(Line, Bindings));
        _ -> halt(0)
    end.

evaluate(Line, Bindings) ->
    try
        {ok, Tokens, _} = erl_scan:string(Line ++ "."),
        {ok, Expressions} = erl_parse:parse_exprs(Tokens),
        {value, Value, Grown} = erl_eval:exprs(Expressions, Bindings),
        answer("=>", Value),
        Grown
    catch
        Class:Reason:_ ->
            answer("!!", {Class, Reason}),
            Bindings
    end.

answer(Sign, Value) ->
    io:put_chars([Sign, " ", io_lib:format("~0tp", [Value]), "\n"]).
