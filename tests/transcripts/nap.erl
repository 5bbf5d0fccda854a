%% Sleeps, while somebody else's registers are full.
-module(nap).
-export([main/0, nap/1]).

main() ->
    spawn(fun() -> hold([left, right]) end),
    nap(10).

hold(Sides) ->
    receive stop -> Sides
    after 9 -> hold(Sides)
    end.

nap(Time) ->
    receive
    after Time -> ok
    end.
