%% Exceptions thrown and caught near and far, with and without a look at the stack.
-module(exceptions).
-export([main/0, main/1]).

main() -> main(6000000).

main(N) ->
    T0 = erlang:monotonic_time(microsecond),
    R = near(N, 0) + far(N div 20, 0) + traced(N div 4, 0),
    T1 = erlang:monotonic_time(microsecond),
    io:format("~p~nelapsed ~p us~n", [R, T1 - T0]).

near(0, S) -> S;
near(N, S) ->
    near(N - 1, try risky(N) of X -> S + X catch throw:X -> (S + X) band 16#FFFFFF end).

risky(N) when N band 3 =:= 0 -> N;
risky(N) -> throw(N).

far(0, S) -> S;
far(N, S) -> far(N - 1, S + (catch deep(30))).

deep(0) -> throw(1);
deep(N) -> 1 + deep(N - 1).

traced(0, S) -> S;
traced(N, S) ->
    traced(N - 1, try error({N, reason}) catch error:{_, reason}:Stack -> S + length(Stack) band 1 end).
