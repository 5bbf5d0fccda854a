%% Stands for the kernel application's top supervisor: servers of OTP that are started when they are
%% first needed (timer's, for one) are its children.
-module(cryo_sup).

-export([start/0, init/0]).

start() ->
    register(kernel_sup, spawn(?MODULE, init, [])).

init() ->
    process_flag(trap_exit, true),
    put('$ancestors', [init]),
    loop().

loop() ->
    receive
        {'$gen_call', From, Request} -> gen_server:reply(From, request(Request));
        _ -> ok
    end,
    loop().

request({start_child, #{start := {Module, Function, Args}}}) ->
    apply(Module, Function, Args);
request({start_child, {_, {Module, Function, Args}, _, _, _, _}}) ->
    apply(Module, Function, Args);
request(which_children) ->
    [];
request(_) ->
    {error, not_found}.
