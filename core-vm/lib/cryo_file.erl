%% Stands for OTP's file_server_2: whole files can be read, through the world; nothing else is there.
-module(cryo_file).

-export([start/0, init/0]).

start() ->
    register(file_server_2, spawn(?MODULE, init, [])).

init() ->
    receive
        {'$gen_call', From, Request} -> gen_server:reply(From, request(Request));
        _ -> ok
    end,
    init().

request({read_file, Name}) ->
    try cryo:read_file(Name)
    catch error:badarg -> {error, badarg}
    end;
request(_) ->
    {error, enotsup}.
