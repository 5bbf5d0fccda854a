%% A server that is asked, told, and made to fail.
-module(breaks).
-export([start/0, server/1]).

start() ->
    Server = spawn(?MODULE, server, [0]),
    register(server, Server),
    server ! {add, 1},
    server ! {add, 2},
    server ! {self(), get},
    receive
        {value, N} -> io:format("value ~p~n", [N])
    end,
    catch double(a),
    double(double(N)).

server(Sum) ->
    receive
        {add, N} -> server(Sum + N);
        {From, get} ->
            From ! {value, Sum},
            server(Sum)
    end.

double(N) ->
    Twice = N * 2,
    Twice.
