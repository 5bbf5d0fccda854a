%% What a node runs while `cryo fuzz --loader otp|beam_lib` feeds it: packets on file descriptors 3
%% and 4. A packet in is <<What, Size, Name:Size/binary, File/binary>>; packets out begin with
%% $P (what is being done now), or with the answer: $L loaded, $R refused, $H hangs, $E raised (with what
%% tells it from others before a tab).
-module(cryo_feeder).
-export([start/0]).

-define(CALL_MS, 300).
-define(KILL_MS, 2000).
-define(READ_MS, 5000).
-define(MOST_EXPORTS, 12).
-define(MOST_ARITY, 4).

start() ->
    error_logger:tty(false),
    logger:set_primary_config(level, none),
    Port = open_port({fd, 3, 4}, [binary, {packet, 4}, eof]),
    answer(Port, $P, "ready"),
    loop(Port).

loop(Port) ->
    receive
        {Port, {data, <<What, Size, Name:Size/binary, File/binary>>}} ->
            {Tag, Text} = feed(What, Port, Name, File),
            answer(Port, Tag, Text),
            loop(Port);
        {Port, eof} ->
            erlang:halt(0, [{flush, false}]);
        _ ->
            loop(Port)
    end.

%% Asking the port something waits until what was said before is on its way: what comes next may be
%% the end of the node.
answer(Port, Tag, Text) ->
    port_command(Port, [Tag, unicode:characters_to_binary(Text)]),
    erlang:port_info(Port, queue_size).

feed($O, Port, Name, File) -> load(Port, binary_to_atom(Name), File);
feed($B, Port, _, File) -> read(Port, File).

%% ---- otp

load(Port, Name, File) ->
    case erlang:module_loaded(Name) of
        true -> {$R, "its name is taken"};
        false -> prepare(Port, Name, File)
    end.

prepare(Port, Name, File) ->
    answer(Port, $P, "at load"),
    case erlang:prepare_loading(Name, File) of
        {error, Reason} -> {$R, io_lib:format("~p", [Reason])};
        Prepared -> finish(Port, Name, Prepared)
    end.

finish(Port, Name, Prepared) ->
    Result = case erlang:has_prepared_code_on_load(Prepared) of
                 true -> {$R, "on_load"};
                 false ->
                     ok = erlang:finish_loading([Prepared]),
                     call_all(Port, Name)
             end,
    erlang:delete_module(Name),
    erts_code_purger:purge(Name),
    Result.

call_all(Port, Name) ->
    answer(Port, $P, "asked for its exports"),
    Exports = [E || {_, A} = E <- erlang:get_module_info(Name, exports), A =< ?MOST_ARITY],
    call_each(Port, Name, lists:sublist(lists:sort(Exports), ?MOST_EXPORTS), 0).

call_each(_, _, [], _) ->
    {$L, "loaded and called"};
call_each(Port, Name, [{Function, Arity} | Rest], Index) ->
    answer(Port, $P, "in call " ++ integer_to_list(Index + 1)),
    Args = [argument(I + Index) || I <- lists:seq(1, Arity)],
    case within(fun() -> apply(Name, Function, Args) end, ?CALL_MS) of
        stuck -> {$H, "a call cannot be killed"};
        _ -> call_each(Port, Name, Rest, Index + 1)
    end.

argument(I) ->
    element(I rem 8 + 1, {3, [1], {1, []}, <<"abcdefgh">>, ok, 1.5, [], #{1 => []}}).

%% Run with limits of time and memory: {value, _}, {raised, _}, late, or stuck when it does not
%% even die.
within(Fun, Ms) ->
    {Pid, Ref} = spawn_opt(fun() -> exit({value, Fun()}) end,
                           [monitor, {max_heap_size, #{size => 1 bsl 21, kill => true, error_logger => false}}]),
    receive
        {'DOWN', Ref, process, Pid, {value, Value}} -> {value, Value};
        {'DOWN', Ref, process, Pid, Reason} -> {raised, Reason}
    after Ms ->
        exit(Pid, kill),
        receive {'DOWN', Ref, process, Pid, _} -> late after ?KILL_MS -> stuck end
    end.

%% ---- beam_lib

read(Port, File) ->
    read_each(Port, File,
              [{"info", fun() -> beam_lib:info(File) end},
               {"version", fun() -> beam_lib:version(File) end},
               {"md5", fun() -> beam_lib:md5(File) end},
               {"all_chunks", fun() -> beam_lib:all_chunks(File) end},
               {"chunks", fun() -> beam_lib:chunks(File, [atoms, exports, imports, labeled_exports, labeled_locals, locals,
                                                          indexed_imports, attributes, compile_info], [allow_missing_chunks]) end},
               {"abstract_code", fun() -> beam_lib:chunks(File, [abstract_code, debug_info]) end},
               {"strip", fun() -> beam_lib:strip(File) end},
               {"module_info", fun() -> code:module_md5(File) end},
               {"disasm", fun() -> beam_disasm:file(File) end}], {$L, "read"}).

read_each(_, _, [], Result) ->
    Result;
read_each(Port, File, [{Name, Fun} | Rest], Result) ->
    answer(Port, $P, "in " ++ Name),
    case within(fun() -> verdict(Fun()) end, ?READ_MS) of
        {value, ok} -> read_each(Port, File, Rest, Result);
        {value, Refused} -> read_each(Port, File, Rest, {$R, io_lib:format("~s: ~p", [Name, Refused])});
        {raised, killed} -> {$E, "memory\t" ++ Name ++ " takes too much memory"};
        {raised, {Reason, [{M, F, A, _} | _] = Stack}} ->
            {$E, io_lib:format("~p ~p\t~s raises ~P in ~p:~p/~p",
                               [reason(Reason), places(Stack), Name, Reason, 4, M, F, arity(A)])};
        {raised, Reason} -> {$E, io_lib:format("~p\t~s raises ~P", [reason(Reason), Name, Reason, 6])};
        _ -> {$H, Name ++ " does not come back"}
    end.

places(Stack) -> [{M, F} || {M, F, _, _} <- lists:sublist(Stack, 3)].

arity(A) when is_list(A) -> length(A);
arity(A) -> A.

%% The names in an error only make many of one.
verdict({error, Module, Reason}) when is_atom(Module) -> reason(Reason);
verdict({error, Reason}) -> reason(Reason);
verdict(_) -> ok.

reason(Reason) when is_tuple(Reason) -> element(1, Reason);
reason(Reason) -> Reason.
