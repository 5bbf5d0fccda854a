%% erlang:raise/3, error/3 with error_info, format_error callbacks, erl_error, proc_lib crash reasons.
-module(exc_raise).
-export([main/0, format_error/2]).

main() ->
    catch logger:set_primary_config(level, none), % reports of crashed processes carry the time of day
    p(try raise_with([{m, f, 1, [{file, "x.erl"}, {line, 3}]}]) catch C1:R1:S1 -> {C1, R1, hd(S1), length(S1)} end),
    p(try raise_with([]) catch C2:R2:_ -> {C2, R2} end),
    p(erlang:raise(bad_class, r, [])),
    p(erlang:raise(error, r, not_a_trace)),
    p(try erlang:raise(throw, t, [{a, b, []}]) catch C3:R3:S3 -> {C3, R3, S3} end),
    [p(try erlang:raise(Class, why, []) catch C4:R4 -> {C4, R4} end) || Class <- [error, exit, throw]],
    p(try reraise() catch C5:R5:S5 -> {C5, R5, [{F, A} || {exc_raise, F, A, _} <- S5]} end),
    p(try error(my_reason, [1, 2], [{error_info, #{module => ?MODULE, cause => mine}}]) catch C6:R6:S6 -> {C6, R6, element(4, hd(S6)) =/= [], element(3, hd(S6))} end),
    p(try error(my_reason, none) catch C7:R7:S7 -> {C7, R7, element(3, hd(S7))} end),
    p(try with_info(bad) catch error:R8:S8 -> lists:flatten(erl_error:format_exception(error, R8, S8, trim())) end),
    show(error, fun() -> plain(x) end),
    show(exit, fun() -> exit({shutdown, [long, reason]}) end),
    show(throw, fun() -> throw({ball, 42}) end),
    show(error, fun() -> element(5, id({a})) end),
    show(error, fun() -> binary_to_atom(id(<<"x">>), id(bad_encoding)) end),
    show(error, fun() -> maps:get(id(k), id(#{a => 1})) end),
    show(error, fun() -> lists:nth(id(9), [1]) end),
    show(error, fun() -> (id(fun(_) -> 1 end))() , 1 end, badarity),
    show(error, fun() -> #{a := _} = id(#{b => lists:seq(1, 100)}) end),
    p(exits()),
    p(annotated()).

p(X) -> io:format("~p~n", [X]).

show(Class, F) -> show(Class, F, any).
show(Class, F, badarity) -> try F() catch Class:{badarity, {_, A}} -> p({badarity, A}) end;
show(Class, F, _) ->
    try F() catch Class:R:S -> io:format("~ts~n", [erl_error:format_exception(Class, R, S, trim())]) end.

trim() -> #{stack_trim_fun => fun(M, F, _) -> M =:= init orelse F =:= show orelse F =:= main end}.

raise_with(S) -> erlang:raise(error, reason, S).

reraise() -> try inner(id(1)) + 1 catch C:R:S -> erlang:raise(C, {wrapped, R}, S) end.
inner(X) -> innermost(X) + 1.
innermost(_) -> error(deep).

with_info(Arg) -> error(badarg, [Arg], [{error_info, #{module => ?MODULE}}]).

format_error(badarg, [{?MODULE, with_info, [Arg], _} | _]) ->
    #{1 => io_lib:format("~p is no good here", [Arg]), general => "the general part"};
format_error(_, _) -> #{}.

plain(1) -> one.

%% How each way of ending looks to a monitor.
exits() ->
    [begin
         {_, R} = spawn_monitor(F),
         receive {'DOWN', R, process, _, Why} -> strip(Why) end
     end || F <- [fun() -> ok end, fun() -> exit(normal) end, fun() -> exit(crash) end, fun() -> error(err) end,
                  fun() -> throw(t) end, fun() -> exit(self(), kill), timer:sleep(1000) end, fun() -> exit(kill) end,
                  fun() -> erlang:raise(exit, raised, []) end, fun() -> erlang:raise(throw, raised, []) end]].

strip({R, [{_, _, _, _} | _]}) -> {R, stack};
strip({R, []}) -> {R, empty};
strip(R) -> R.

annotated() ->
    try
        try 1 + id(a)
        catch error:badarith:S -> erlang:raise(error, {context, "adding", badarith}, S) end
    catch error:{context, What, Why}:Stack -> {What, Why, element(3, hd(Stack))}
    end.

id(X) -> X.
