%% try, catch, after, else: which value comes out, in which order things run, what each class looks like.
-module(exc_classes).
-export([main/0]).

main() ->
    [p({K, try_all(K)}) || K <- kinds()],
    [p({K, catch_old(K)}) || K <- kinds(), K =/= error2, K =/= badarith],
    [p({K, only_throw(K)}) || K <- kinds()],
    [p({K, ordered(K)}) || K <- [ok, throw, error, exit]],
    p([nested(N) || N <- lists:seq(0, 5)]),
    p([of_clause(X) || X <- [1, 2, 3, throw]]),
    p(after_value()), p(after_wins()), p(try rethrow() catch C:R -> {C, R} end),
    p([(catch throw(a)), (catch 1 + 1), catch_exit(), tuple_size(catch error(x))]),
    p(deep(1000)),
    p(try lists:foldl(fun(X, _) when X > 5 -> throw({found, X}); (X, A) -> A + X end, 0, lists:seq(1, 10)) catch throw:T -> T end),
    p(loop(10000, 0)),
    p([cleanup(F) || F <- [fun() -> 1 end, fun() -> throw(x) end, fun() -> error(e) end]]),
    p(try (try throw(inner) after throw(outer) end) catch throw:W -> W end),
    p(try (try throw(inner) catch throw:inner -> error(changed) end) catch error:E -> E end),
    p(try (try ok of ok -> throw(from_of) catch throw:from_of -> wrongly_caught end) catch throw:V -> {right, V} end),
    p(erase()).

p(X) -> io:format("~p~n", [X]).

kinds() -> [ok, throw, error, exit, error2, badarith, badmatch, case_clause, function_clause, if_clause, undef, badarg, badfun, badarity, try_clause, nocatch, badrecord, badkey].

do(ok) -> fine;
do(throw) -> throw(ball);
do(error) -> error(oops);
do(exit) -> exit(bye);
do(error2) -> error(oops, [arg1, arg2]);
do(badarith) -> 1 / id(0);
do(badmatch) -> {a, _} = id({b, c});
do(case_clause) -> case id(5) of 6 -> x end;
do(function_clause) -> only_one(id(2));
do(if_clause) -> X = id(1), if X > 2 -> x end;
do(undef) -> no_module:no_function(1, 2);
do(badarg) -> atom_to_list(id(1));
do(badfun) -> (id(3))(1);
do(badarity) -> try (id(fun(X) -> X end))(1, 2) catch error:{badarity, {F, A}} when is_function(F) -> error({badarity, A}) end;
do(try_clause) -> try id(7) of 8 -> x catch throw:_ -> y end;
do(nocatch) -> exit({{nocatch, x}, []});
do(badrecord) -> element(2, setelement(1, id({}), x));
do(badkey) -> maps:get(k, #{}).

only_one(1) -> one.

try_all(K) -> try do(K) of V -> {value, V} catch C:R -> {C, R} end.

catch_old(K) ->
    case catch do(K) of
        {'EXIT', {R, S}} when is_list(S) -> {exited, R};
        {'EXIT', R} -> {exited, R};
        V -> V
    end.

only_throw(K) -> try try do(K) catch X -> {thrown, X} end catch error:_ -> error; exit:_ -> exit end.

ordered(K) ->
    put(trace, []),
    R = try try note(do(K)) of V -> note(of_), V after note(inner_after) end
        catch C:E -> note({caught, C}), E
        after note(outer_after) end,
    {R, lists:reverse(erase(trace))}.

note(X) -> put(trace, [X | get(trace)]), X.

nested(N) ->
    try
        try
            try do(lists:nth(N + 1, kinds()))
            catch throw:ball -> throw(again) end
        catch error:oops -> exit(from_error) end
    catch C:R -> {C, R} end.

of_clause(X) -> try maybe_(X) of 1 -> one; N when N > 2 -> big; _ -> other catch throw:T -> T end.
maybe_(throw) -> throw(thrown);
maybe_(X) -> X.

after_value() -> try 1 after 2 end.
after_wins() -> try try error(a) after exit(b) end catch C:R -> {C, R} end.
rethrow() -> try error(first) catch C:R:S -> erlang:raise(C, {second, R}, S) end.
catch_exit() -> catch exit(reason).
deep(0) -> throw_deep(1000);
deep(N) -> try deep(N - 1) catch error:never -> no end.
throw_deep(0) -> ok;
throw_deep(N) -> try throw(N) catch throw:N -> throw_deep(N - 1) end.
loop(0, S) -> S;
loop(N, S) -> loop(N - 1, S + (try if N rem 3 =:= 0 -> throw(2); true -> 1 end catch X -> X end)).
cleanup(F) -> try F() catch C:R -> {C, R} after put(cleaned, 1 + case get(cleaned) of undefined -> 0; N -> N end) end.
id(X) -> X.
