%% What the node runs that `cryo rewrite --load` starts: it connects to another node, hidden and without listening for anybody, and has that
%% node's own code server say and do things. Packets on file descriptor 3. In: first the fields of begin_with/2 with zeros between, then
%%     <<$G, Module/binary>>                                               give the module's file
%%     <<$L, Purge, Unstick, Size:16, Module:Size/binary, Size:16, Path:Size/binary, File/binary>>    load it
%% Out: $K and the answer, or what went wrong: $A the node cannot be reached, $N there is no such thing, $U it cannot do that,
%% $S something is in the way; then a sentence about it.
-module(cryo_loader).
-export([main/1]).

-record(state, {node, ms}).

main(Port) ->
    process_flag(trap_exit, true),
    answer_next(Port, fun(Packet) -> begin_with(binary:split(Packet, <<0>>, [global])) end).

%% Do makes of a packet its answer, and what does the next one.

answer_next(Port, Do) ->
    receive
        {Port, {data, Packet}} ->
            {Answer, Then} =
                try Do(Packet)
                catch
                    throw:{Tag, Text} -> {[Tag, said(Text)], Do};
                    _:Reason -> {[$S, said(["the node that loads: ", short(Reason)])], Do}
                end,
            port_command(Port, Answer),
            answer_next(Port, Then);
        {'EXIT', Port, _} ->
            halt(0)
    end.

said(Text) ->
    unicode:characters_to_binary(Text).

begin_with([Wanted, Own, Cookie, Seconds]) ->
    Node = full_name(binary_to_list(Wanted)),
    Long = lists:member($., host(Node)),
    be_node(binary_to_list(Own), Long),
    Cookie =:= <<>> orelse erlang:set_cookie(node(), binary_to_atom(Cookie, utf8)),
    State = #state{node = list_to_atom(Node), ms = binary_to_integer(Seconds) * 1000},
    connect(State),
    {[$K], fun(Packet) -> answer(Packet, State) end}.

answer(Packet, State) ->
    {[$K | request(Packet, State)], fun(Next) -> answer(Next, State) end}.

%% ---- reaching it

full_name(Wanted) ->
    case lists:member($@, Wanted) of
        true ->
            Wanted;
        false ->
            {ok, Host} = inet:gethostname(),
            Wanted ++ "@" ++ Host
    end.

name(Node) -> lists:takewhile(fun(C) -> C =/= $@ end, Node).

host(Node) -> tl(lists:dropwhile(fun(C) -> C =/= $@ end, Node)).

%% Of the same kind of names as the other: nobody can connect to us, so that any host does.
be_node(Own, Long) ->
    {Host, Kind} = case Long of
                       true -> {"127.0.0.1", longnames};
                       false -> {"localhost", shortnames}
                   end,
    case net_kernel:start([list_to_atom(Own ++ "@" ++ Host), Kind]) of
        {ok, _} -> ok;
        {error, Reason} -> throw({$S, ["erl cannot become a node: ", short(Reason)]})
    end.

connect(#state{node = Node, ms = Ms}) ->
    Began = erlang:monotonic_time(millisecond),
    case net_kernel:connect_node(Node) of
        true ->
            ok;
        _ ->
            Late = erlang:monotonic_time(millisecond) - Began >= Ms,
            throw({$A, why_not(atom_to_list(Node), Late, Ms)})
    end.

why_not(Node, Late, Ms) ->
    case erl_epmd:port_please(name(Node), host(Node), Ms) of
        {port, Port, _} -> why_not(Node, Late, Ms, Port);
        _ -> not_registered(Node, erl_epmd:names(host(Node)))
    end.

not_registered(Node, {ok, _}) ->
    [Node, " is not there: the port mapper (epmd) of ", host(Node), " knows no ", name(Node)];
not_registered(Node, {error, _}) ->
    ["the port mapper (epmd) of ", host(Node), " does not answer: no node is to be found there"].

why_not(Node, true, Ms, _) ->
    [Node, io_lib:format(" does not answer within ~b s", [Ms div 1000])];
why_not(Node, false, Ms, Port) ->
    case gen_tcp:connect(host(Node), Port, [], Ms) of
        {ok, Socket} ->
            gen_tcp:close(Socket),
            [Node, " refuses to talk with us: the cookie is not its own"];
        {error, Reason} ->
            [Node, io_lib:format(" is not there: nothing at port ~b: ", [Port]), short(Reason)]
    end.

%% ---- what it is asked to do

request(<<$G, Module/binary>>, State) ->
    object_code(State, binary_to_atom(Module, utf8));
request(<<$L, Purge, Unstick, Size:16, Name:Size/binary, Length:16, Path:Length/binary, File/binary>>, State) ->
    Module = binary_to_atom(Name, utf8),
    Sticky = call(State, code, is_sticky, [Module]),
    Sticky andalso Unstick =:= 0 andalso sticky(Module, State),
    make_room(State, Module, Purge =:= 1),
    Sticky andalso call(State, code, unstick_mod, [Module]),
    try load(State, Module, path(State, Module, unicode:characters_to_list(Path)), File)
    after Sticky andalso call(State, code, stick_mod, [Module])
    end,
    [].

%% The file, where it is, and whether something else runs.
object_code(State, Module) ->
    case call(State, code, get_object_code, [Module]) of
        {Module, File, Path} ->
            Kept = unicode:characters_to_binary(Path),
            [differs(State, Module, File), <<(byte_size(Kept)):16>>, Kept, File];
        error ->
            throw({$N, [text(State), " finds no file of module ", atom_to_list(Module)]})
    end.

differs(#state{node = Node, ms = Ms}, Module, File) ->
    case rpc:call(Node, erlang, get_module_info, [Module, md5], Ms) of
        Runs when is_binary(Runs) ->
            {ok, {_, OfFile}} = beam_lib:md5(File),
            case Runs of OfFile -> 0; _ -> 1 end;
        _ ->
            0
    end.

%% code:which/1 and those who use it go on to find what they found.
path(State, Module, Given) ->
    case call(State, code, which, [Module]) of
        [_ | _] = Path -> Path;
        _ -> Given
    end.

make_room(State, Module, true) ->
    call(State, code, purge, [Module]);
make_room(State, Module, false) ->
    call(State, code, soft_purge, [Module]) orelse not_purged(Module, State).

load(State, Module, Path, File) ->
    case call(State, code, load_binary, [Module, Path, File]) of
        {module, Module} -> ok;
        {error, sticky_directory} -> sticky(Module, State);
        {error, not_purged} -> not_purged(Module, State);
        {error, on_load_failure} ->
            throw({$S, ["the on_load function of ", atom_to_list(Module), " failed: ", text(State), " has what it had before"]});
        {error, badfile} ->
            throw({$U, ["the loader of ", text(State), " does not take ", atom_to_list(Module), ": is it for another release?"]});
        {error, Reason} ->
            throw({$S, [text(State), " does not load ", atom_to_list(Module), ": ", short(Reason)]})
    end.

sticky(Module, State) ->
    throw({$S, [atom_to_list(Module), " is in a sticky directory of ", text(State), ", which protects it; --unstick loads it all the same"]}).

not_purged(Module, State) ->
    throw({$S, ["processes of ", text(State), " run an old version of ", atom_to_list(Module),
                " still (not_purged); --purge kills them"]}).

call(#state{node = Node, ms = Ms} = State, Module, Function, Args) ->
    case rpc:call(Node, Module, Function, Args, Ms) of
        {badrpc, timeout} ->
            throw({$A, [text(State), io_lib:format(" does not answer within ~b s: whether it did ~s:~s is not known",
                                                   [Ms div 1000, Module, Function])]});
        {badrpc, nodedown} ->
            throw({$A, ["the connection to ", text(State), " is gone"]});
        {badrpc, Reason} ->
            throw({$S, [text(State), io_lib:format(": ~s:~s fails: ", [Module, Function]), short(Reason)]});
        Result ->
            Result
    end.

text(#state{node = Node}) -> atom_to_list(Node).

short(Term) -> io_lib:format("~0tP", [Term, 12]).
