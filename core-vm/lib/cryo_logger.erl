%% The registered process `logger`, and the handler that writes to standard output what OTP's default
%% handler writes. Log events go from the caller through OTP's logger modules to log/2; this process
%% only passes on what the VM itself reports, until somebody changes the configuration: then it
%% becomes OTP's logger_server.
-module(cryo_logger).

-export([start/0, init/1, log/2]).

-define(PRIMARY, '$primary_config$').
-define(HANDLER, {'$handler_config$', default}).

start() ->
    Starter = self(),
    Server = spawn(?MODULE, init, [Starter]),
    register(logger, Server),
    receive {Server, ready} -> Server end.

init(Starter) ->
    process_flag(trap_exit, true),
    ets:new(logger, [protected, named_table, {read_concurrency, true}]),
    configure(),
    Starter ! {self(), ready},
    loop().

%% As logger_config keeps it: configurations in a table, levels as numbers where all can read fast.
configure() ->
    ets:insert(logger, [{?PRIMARY, primary()}, {?HANDLER, handler()}]),
    persistent_term:put({logger_config, ?PRIMARY}, 5),
    persistent_term:put({logger_config, ?HANDLER}, 10).

primary() ->
    #{level => notice, filter_default => log, filters => [], handlers => [default],
      metadata => #{}}.

handler() ->
    #{id => default, module => ?MODULE, level => all, filter_default => stop,
      config => #{type => standard_io},
      filters =>
          [{remote_gl, {fun logger_filters:remote_gl/2, stop}},
           {domain, {fun logger_filters:domain/2, {log, super, [otp, sasl]}}},
           {no_domain, {fun logger_filters:domain/2, {log, undefined, []}}}],
      formatter => {logger_formatter, #{legacy_header => true, single_line => false}}}.

loop() ->
    receive
        {log, Level, Format, Args, Meta} ->
            logger:log(Level, Format, Args, Meta),
            loop();
        {'$gen_call', _, _} = Call ->
            become_server(Call);
        _ ->
            loop()
    end.

become_server(Call) ->
    ets:delete(logger),
    put('$ancestors', [init]),
    put('$initial_call', {logger_server, init, 1}),
    {ok, State} = logger_server:init([]),
    configure(),
    self() ! Call,
    gen_server:enter_loop(logger_server, [], State, {local, logger}).

%% The handler.
log(Event, #{formatter := {Module, Config}}) ->
    try Module:format(Event, Config) of
        Text -> io:request(user, {put_chars, unicode, unicode:characters_to_binary(Text)})
    catch
        _:_ -> ok
    end.
