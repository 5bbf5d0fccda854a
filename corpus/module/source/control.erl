-module(control).
-export([try_it/1, catch_it/1, again/2, receive_it/1, fold/2, spawn_it/1, raise/3, server/1]).
try_it(F) ->
    try F(1) of
        ok -> yes;
        Other -> {no, Other}
    catch
        throw:T -> T;
        error:badarg:St -> St;
        exit:R when is_atom(R) -> R
    after
        io:nl()
    end.
catch_it(F) -> [catch F(), (catch try F() catch error:_ -> 1 end)].
again(F, N) when is_function(F, 1), N > 0 -> [F(N) || _ <- [1, 2], N < 5] ++ again(F, N - 1);
again(_, 0) -> [].
receive_it(Pid) ->
    Ref = monitor(process, Pid),
    Pid ! {self(), Ref, hello},
    receive
        {Ref, Answer} when length(Answer) > 2 -> Answer;
        {'DOWN', Ref, _, _, Reason} -> exit(Reason)
    after 1000 -> timeout
    end.
fold(F, L) -> G = fun(X, A) -> F(X) + A end, lists:foldl(G, 0, L).
spawn_it(M) -> spawn(fun() -> M:run(M) end).
raise(C, R, S) -> erlang:raise(C, R, S).
server(State) -> receive {add, X} -> server(State + X); {get, P} -> P ! State, server(State); stop -> ok; _ -> server(State) end.
