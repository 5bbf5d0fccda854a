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
    Port = open_port({fd, 3, 3}, [in, binary, {packet, 4}, eof]),
    {ok, Out} = file:open("/dev/fd/4", [write, raw, binary]),
    answer(Out, $P, "ready"),
    loop(Port, Out).

loop(Port, Out) ->
    receive
        {Port, {data, <<What, Size, Name:Size/binary, File/binary>>}} ->
            {Tag, Text} = feed(What, Out, Name, File),
            answer(Out, Tag, Text),
            loop(Port, Out);
        {Port, eof} ->
            erlang:halt(0, [{flush, false}]);
        _ ->
            loop(Port, Out)
    end.

%% A raw file is written to at once, not by a port in its own time: what comes next may be the end of the
%% node.
answer(Out, Tag, Text) ->
    Packet = unicode:characters_to_binary(Text),
    file:write(Out, <<(byte_size(Packet) + 1):32, Tag, Packet/binary>>).

feed($O, Out, Name, File) -> load(Out, name(Name), File);
feed($B, Out, _, File) -> read(Out, File).

name(Bytes) ->
    try binary_to_atom(Bytes) catch error:_ -> fuzzed end.

%% ---- otp

load(Out, Name, File) ->
    case erlang:module_loaded(Name) of
        true -> {$R, "its name is taken"};
        false -> prepare(Out, Name, File)
    end.

prepare(Out, Name, File) ->
    answer(Out, $P, "at load"),
    case erlang:prepare_loading(Name, File) of
        {error, Reason} -> {$R, io_lib:format("~p", [Reason])};
        Prepared -> finish(Out, Name, Prepared)
    end.

finish(Out, Name, Prepared) ->
    Result = case erlang:has_prepared_code_on_load(Prepared) of
                 true -> {$R, "on_load"};
                 false ->
                     ok = erlang:finish_loading([Prepared]),
                     call_all(Out, Name)
             end,
    erlang:delete_module(Name),
    erts_code_purger:purge(Name),
    Result.

call_all(Out, Name) ->
    answer(Out, $P, "asked for its exports"),
    Exports = [E || {_, A} = E <- erlang:get_module_info(Name, exports), A =< ?MOST_ARITY],
    call_each(Out, Name, lists:sublist(lists:sort(Exports), ?MOST_EXPORTS), 0).

call_each(_, _, [], _) ->
    {$L, "loaded and called"};
call_each(Out, Name, [{Function, Arity} | Rest], Index) ->
    answer(Out, $P, "in call " ++ integer_to_list(Index + 1)),
    Args = [argument(I + Index) || I <- lists:seq(1, Arity)],
    case within(fun() -> apply(Name, Function, Args) end, ?CALL_MS) of
        stuck -> {$H, "a call cannot be killed"};
        _ -> call_each(Out, Name, Rest, Index + 1)
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

read(Out, File) ->
    read_each(Out, File,
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
read_each(Out, File, [{Name, Fun} | Rest], Result) ->
    answer(Out, $P, "in " ++ Name),
    case within(fun() -> verdict(Fun()) end, ?READ_MS) of
        {value, ok} -> read_each(Out, File, Rest, Result);
        {value, Refused} -> read_each(Out, File, Rest, {$R, io_lib:format("~s: ~p", [Name, Refused])});
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
