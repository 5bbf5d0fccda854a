%% init:stop/1: an orderly end with a status.
-module(exit_stop).
-export([main/0]).

main() ->
    io:format("stopping~n"),
    init:stop(3),
    receive never -> ok end.
