%% Stack traces: functions, arities, files and lines; tail calls that leave no trace; BIFs with arguments.
-module(exc_stack).
-export([main/0, exported/1]).

main() ->
    catch logger:set_primary_config(level, none),
    [p(K, trace(fun() -> do(K) end)) || K <- kinds()],
    p(apply_, trace(fun() -> apply(?MODULE, exported, [id(a)]) end)),
    p(dynamic, trace(fun() -> M = id(?MODULE), M:exported(id(b)) end)),
    p(map, trace(fun() -> lists:map(fun(X) -> 10 div X end, [1, 0]) end)),
    p(foldl, trace(fun() -> lists:foldl(fun(X, A) -> A + X end, 0, [1, b]) end)),
    p(maps_, trace(fun() -> maps:map(fun(_, V) -> V + 1 end, #{a => b}) end)),
    p(sort, trace(fun() -> lists:sort(fun(_, _) -> throw(in_sort) end, [2, 1]) end)),
    p(spawned, spawned()),
    p(old_catch, case catch do(badarith) of {'EXIT', {R, S}} -> {R, S} end),
    p(depth, length(element(3, trace(fun() -> deep(100) end)))),
    Old = erlang:system_flag(backtrace_depth, 3),
    p(old_depth, Old),
    p(short, length(element(3, trace(fun() -> deep(100) end)))),
    erlang:system_flag(backtrace_depth, Old),
    p(comprehension, trace(fun() -> [1 / X || X <- [1, 0]] end)),
    p(binary, trace(fun() -> << <<X>> || X <- [1, id(x)] >> end)),
    p(guard, trace(fun() -> guarded(5) end)).

p(K, X) -> io:format("~p: ~p~n", [K, X]).

trace(F) ->
    try F(), none
    catch C:R:S -> {C, R, [clean(E) || E <- until_trace(S)]}
    end.

%% What called trace/1 is not interesting and the lines below it are the same each time.
until_trace([{?MODULE, trace, 1, _} | _]) -> [];
until_trace([H | T]) -> [H | until_trace(T)];
until_trace([]) -> [].

clean({M, F, A, I}) -> {M, F, A, [{file, filename:basename(proplists:get_value(file, I, "-"))} | lists:keydelete(file, 1, I)]}.

kinds() -> [badarith, badmatch, case_clause, function_clause, if_clause, undef, badarg, error_args, throw, exit, nested, tail, line_of_arg, multi_line].

do(badarith) ->
    X = 1 + id(a),
    X;
do(badmatch) ->
    {ok, V} = id(error),
    V;
do(case_clause) ->
    case id([1, 2]) of
        [] -> empty
    end;
do(function_clause) -> local(id(x), [y]) + 1;
do(if_clause) ->
    Z = id(3),
    if Z < 3 -> less end;
do(undef) -> nomodule:nofunction(id(1)), ok;
do(badarg) -> [list_to_atom(id({not_a_list}))];
do(error_args) -> error(custom, [some, args]), ok;
do(throw) -> throw({a, ball}), ok;
do(exit) -> exit(quit), ok;
do(nested) -> level1(id(1)) + 1;
do(tail) -> tail1(id(1));
do(line_of_arg) ->
    f(id(1),
      2 + id(b),
      3);
do(multi_line) ->
    A = id(1),
    B = A +
        id(2) +
        id(c),
    B.

local(1, _) -> one.
f(A, B, C) -> {A, B, C}.
level1(X) -> level2(X) + 1.
level2(X) -> level3(X) + 1.
level3(X) -> X + erlang:binary_to_integer(<<"no">>).
tail1(X) -> tail2(X).
tail2(X) -> tail3(X).
tail3(X) -> X div 0.
exported(X) -> X ! message, X + 1.
deep(0) -> error(bottom);
deep(N) -> 1 + deep(N - 1).
guarded(X) when X < 5 -> small.

spawned() ->
    {_, Ref} = spawn_monitor(fun() -> level1(1) end),
    receive {'DOWN', Ref, process, _, {R, S}} -> {R, [clean(E) || E <- S]} end.

id(X) -> X.
