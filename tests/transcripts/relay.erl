%% Three senders, and a collector which takes their messages by a selective receive in an order of its own.
-module(relay).
-export([main/0, sender/3, collector/1]).

main() ->
    Collector = spawn(?MODULE, collector, [self()]),
    register(collector, Collector),
    [spawn(?MODULE, sender, [Collector, Name, 3]) || Name <- [red, green, blue]],
    receive
        {done, Total} -> io:format("total ~p~n", [Total])
    end.

sender(_, _, 0) -> ok;
sender(To, Name, N) ->
    To ! {Name, N, #{text => <<"parcel">>, weight => N * 1.5}},
    erlang:yield(),
    sender(To, Name, N - 1).

%% All the blue ones first, then the green, then the red.
collector(Owner) ->
    Weights = [weight(Name) || Name <- [blue, green, red], _ <- [1, 2, 3]],
    Owner ! {done, lists:sum(Weights)}.

weight(Name) ->
    receive
        {Name, _, #{weight := Weight}} -> Weight
    end.
