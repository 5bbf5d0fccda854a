%% Stands for OTP's file_server_2: does what prim_file can.
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

request({read_file, Name}) -> prim_file:read_file(Name);
request({read_file_info, Name}) -> prim_file:read_file_info(Name);
request({read_file_info, Name, Options}) -> prim_file:read_file_info(Name, Options);
request({read_link_info, Name}) -> prim_file:read_link_info(Name);
request({read_link_info, Name, Options}) -> prim_file:read_link_info(Name, Options);
request({get_cwd}) -> prim_file:get_cwd();
request({open, Name, Modes}) -> open(Name, Modes);
request(_) -> {error, enotsup}.

%% A file that is not raw is a process: one that serves the bytes as if they had been handed to it.
open(Name, Modes) ->
    case lists:any(fun(Mode) -> lists:member(Mode, [write, append, exclusive]) end, Modes) of
        true -> {error, enotsup};
        false -> open_bytes(prim_file:read_file(Name), Modes)
    end.

open_bytes({ok, Bytes}, Modes) ->
    {ok, cryo_io:open(Bytes, Modes)};
open_bytes(Error, _) ->
    Error.
