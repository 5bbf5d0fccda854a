%% Nodes that are stuck, each in its own way: jams:make(Kind) makes the jam and returns who is in it, once it is.
%%
%% Everybody in a jam is registered. `root` is who holds the others up; for the cycle there is no end, so it is one of them.
-module(jams).
-behaviour(gen_server).
-export([main/1, start/1, kinds/0, make/1]).
-export([init/1, handle_call/3, handle_cast/2]).
-export([spin/1, pick/1]).

%% For a node that does nothing else: `erl -noshell -eval "jams:main(cycle)"`.
main(Kind) ->
    io:format("ready ~p~n", [make(Kind)]),
    io:get_line(""),
    halt().

%% In a node of node.py: node.start("jams", ["cycle"], flags); `jams:kinds()` has what there is.
start([Kind]) ->
    %% No persistent_term: putting one waits for all schedulers.
    jams = ets:new(jams, [named_table, public]),
    ets:insert(jams, {jam, make(list_to_atom(Kind))}).

kinds() -> [cycle, endless, skipping, nif, dirty_nif, suspended, convoy, statem, plain, event].

%% Two servers call each other, and somebody else calls one of them.
make(cycle) ->
    Alice = server(alice),
    Bob = server(bob),
    gen_server:cast(Alice, {ask, bob}),
    gen_server:cast(Bob, {ask, alice}),
    Client = client(client, fun() -> gen_server:call(alice, question, infinity) end),
    calling([Alice, Bob, Client]),
    #{root => alice, waiting => [{alice, bob}, {bob, alice}, {client, alice}]};
%% A server does not come back from its own code; three wait for it.
make(endless) ->
    Spinner = server(spinner),
    gen_server:cast(Spinner, {run, fun() -> spin(0) end}),
    until(fun() -> process_info(Spinner, current_function) =:= {current_function, {?MODULE, spin, 1}} end),
    #{root => spinner, waiting => callers_of(spinner, 3)};
%% A process waits for one message that nobody sends, over all the others that are in its queue.
make(skipping) ->
    Picker = spawn(fun() -> register(picker, self()), ?MODULE:pick(make_ref()) end),
    until(fun() -> whereis(picker) =:= Picker end),
    [Picker ! {item, I} || I <- lists:seq(1, 2000)],
    waits_in(Picker, {?MODULE, pick, 1}),
    #{root => picker, queue => 2000, waiting => callers_of(picker, 2)};
make(nif) -> stuck_in_nif(fun jams_nif:hang/1);
make(dirty_nif) -> stuck_in_nif(fun jams_nif:hang_dirty/1);
make(suspended) ->
    Sleeper = server(sleeper),
    Jailer = spawn(fun() ->
        register(jailer, self()),
        true = erlang:suspend_process(Sleeper),
        receive never -> ok end
    end),
    waits_in(Jailer, any),
    #{root => sleeper, waiting => callers_of(sleeper, 2)};
%% A chain: last calls ... calls first, which waits for a message that does not come; many wait for the last.
make(convoy) ->
    Names = [first, second, third, fourth],
    Servers = [server(Name) || Name <- Names],
    gen_server:cast(hd(Servers), {run, fun() -> receive never -> ok end end}),
    Links = lists:zip(tl(Names), lists:droplast(Names)),
    [gen_server:cast(From, {ask, To}) || {From, To} <- Links],
    calling(tl(Servers)),
    #{root => first, waiting => Links ++ callers_of(fourth, 5)};
make(statem) ->
    {ok, Machine} = gen_statem:start({local, machine}, jams_statem, [], []),
    gen_statem:cast(Machine, hang),
    waits_in(Machine, any),
    Client = client(client, fun() -> gen_statem:call(machine, question, infinity) end),
    calling([Client]),
    #{root => machine, waiting => [{client, machine}]};
%% The protocol that everybody writes by hand: a monitor, a request, a receive.
make(plain) ->
    Deaf = spawn(fun() -> register(deaf, self()), receive never -> ok end end),
    waits_in(Deaf, any),
    Client = client(client, fun() ->
        Ref = monitor(process, deaf),
        deaf ! {self(), Ref, question},
        receive {Ref, _} -> ok; {'DOWN', Ref, _, _, _} -> ok end
    end),
    waits_in(Client, any),
    #{root => deaf, waiting => [{client, deaf}]};
make(event) ->
    {ok, Manager} = gen_event:start({local, manager}),
    ok = gen_event:add_handler(manager, jams_event, []),
    gen_event:notify(manager, hang),
    waits_in(Manager, any),
    Client = client(client, fun() -> gen_event:call(manager, jams_event, question, infinity) end),
    calling([Client]),
    #{root => manager, waiting => [{client, manager}]}.

%% A scheduler that does not come back keeps the runtime from loading code: what is needed later must be there before.
stuck_in_nif(Hang) ->
    warm_up(),
    ok = jams_nif:load(),
    Stuck = server(stuck),
    Server = self(),
    gen_server:cast(Stuck, {run, fun() -> Server ! entering, Hang(Server) end}),
    receive entering -> ok end,
    receive in_nif -> ok end,
    #{root => stuck, waiting => callers_of(stuck, 2)}.

%% What talk needs to answer, by doing it.
warm_up() ->
    Text = "begin P = spawn(fun() -> process_info(self(), [status, messages, current_stacktrace]) end), timer:sleep(1), "
           "{is_process_alive(P), ets:lookup_element(none, no, 2), #{a => [1.5, <<\"b\">>]}} end.",
    {ok, Tokens, _} = erl_scan:string(Text),
    {ok, Expressions} = erl_parse:parse_exprs(Tokens),
    Result = catch erl_eval:exprs(Expressions, erl_eval:new_bindings()),
    _ = lists:flatten(io_lib:format("~0tp ~0tp", [Result, #{a => {b, "c", 1.5}}])),
    ok.

callers_of(Name, Count) ->
    Names = [list_to_atom("client" ++ integer_to_list(I)) || I <- lists:seq(1, Count)],
    calling([client(Client, fun() -> gen_server:call(Name, {question, Client}, infinity) end) || Client <- Names]),
    [{Client, Name} || Client <- Names].

client(Name, Fun) ->
    Client = spawn(fun() -> register(Name, self()), Fun() end),
    until(fun() -> whereis(Name) =:= Client end),
    Client.

server(Name) ->
    {ok, Server} = gen_server:start({local, Name}, ?MODULE, [], []),
    Server.

%% Until all of them stand in a call.
calling(Pids) -> [waits_in(Pid, {gen, do_call, 4}) || Pid <- Pids].

waits_in(Pid, Function) ->
    until(fun() ->
        case process_info(Pid, [status, current_function, message_queue_len]) of
            [{status, waiting}, {current_function, Current}, _] -> Function =:= any orelse Current =:= Function;
            _ -> false
        end
    end).

until(Fun) ->
    case Fun() of
        true -> ok;
        false -> timer:sleep(1), until(Fun)
    end.

init(State) -> {ok, State}.

handle_call(Question, From, State) -> {noreply, [{Question, From} | State]}.

handle_cast({ask, Whom}, State) ->
    timer:sleep(20),
    {noreply, [gen_server:call(Whom, question, infinity) | State]};
handle_cast({run, Fun}, State) ->
    Fun(),
    {noreply, State}.

spin(N) -> ?MODULE:spin(N + 1).

pick(Ref) -> receive {answer, Ref} -> ok end.
