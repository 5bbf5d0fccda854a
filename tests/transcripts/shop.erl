%% A shop: a server, customers who call it, a table of goods, a timer, a process dictionary, an error in the end.
-module(shop).
-behaviour(gen_server).
-export([main/0, customer/2, init/1, handle_call/3, handle_cast/2, handle_info/2]).

main() ->
    {ok, Shop} = gen_server:start_link({local, shop}, ?MODULE, [], []),
    [spawn(?MODULE, customer, [Shop, Thing]) || Thing <- [bread, milk, gold]],
    erlang:send_after(60000, Shop, close),
    receive
    after 100 -> ok
    end,
    io:format("~p~n", [sum([3, 4, five])]).

init([]) ->
    put(opened, yes),
    Goods = ets:new(goods, [named_table, ordered_set]),
    ets:insert(Goods, [{bread, 3}, {milk, 1}, {soap, 2}]),
    {ok, #{till => 0}}.

%% Whoever wants what there is not waits until the shop closes.
handle_call({buy, Thing}, From, #{till := Till} = State) ->
    case ets:lookup(goods, Thing) of
        [{Thing, Price}] -> {reply, {bought, Thing}, State#{till := Till + Price}};
        [] -> {noreply, State#{waiting => From}}
    end.

handle_cast(_, State) ->
    {noreply, State}.

handle_info(close, State) ->
    {stop, normal, State}.

customer(Shop, Thing) ->
    {bought, Thing} = gen_server:call(Shop, {buy, Thing}, infinity).

sum([]) ->
    0;
sum([H | T]) ->
    H + sum(T).
