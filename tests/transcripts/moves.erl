%% Changes one thing after another, and calls a function after each: images are saved there and compared.
-module(moves).
-export([main/0, at/1, keeper/1, short/0]).

main() ->
    Keeper = spawn(?MODULE, keeper, [[]]),
    register(keeper, Keeper),
    Keeper ! {one, 1},
    Table = ets:new(stock, [public, ordered_set]),
    at(first),
    Keeper ! {two, 2},
    at(sent),
    ets:insert(Table, [{a, 1}, {b, 2}]),
    at(stored),
    ets:insert(Table, [{c, 3}, {b, 20}]),
    ets:delete(Table, a),
    Timer = erlang:send_after(5000, Keeper, {late, 3}),
    at(armed),
    erlang:cancel_timer(Timer),
    register(moves, self()),
    Keeper ! take,
    receive taken -> ok end,
    at(taken),
    spawn(?MODULE, short, []),
    ordsets:new(),
    ets:delete(Table),
    at(ended),
    self() ! over,
    ok.

at(Point) -> Point.

keeper(List) ->
    receive
        take ->
            receive {one, X} -> ok end,
            moves ! taken,
            keeper([X | List])
    end.

short() -> receive never -> ok end.
