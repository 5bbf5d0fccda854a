%% A node under load that keeps its own books: senders number their messages and sum what is in them, receivers hold every message
%% against the number it must have and sum too, a token goes round a ring, timers tick, a table counts. finish/0 says whether all agrees.
-module(unharmed).
-export([start/1, finish/0, progress/0]).
-export([sender/2, receiver/1, link_of_ring/1, ticker/1]).

-define(PAIRS, 8).
-define(WINDOW, 64).
-define(RING, 20).

start([]) ->
    Table = ets:new(books, [named_table, public, {write_concurrency, true}]),
    ets:insert(Table, [{sent, 0}, {received, 0}, {laps, 0}, {ticks, 0}]),
    Pairs = [pair(I) || I <- lists:seq(1, ?PAIRS)],
    First = spawn(?MODULE, link_of_ring, [undefined]),
    Last = lists:foldl(fun(_, Next) -> spawn(?MODULE, link_of_ring, [Next]) end, First, lists:seq(2, ?RING)),
    First ! {next, Last},
    First ! {token, 0},
    Ticker = spawn(?MODULE, ticker, [0]),
    persistent_term:put(unharmed, {Pairs, First, Ticker}).

pair(I) ->
    Receiver = spawn_opt(?MODULE, receiver, [0], [{message_queue_data, case I rem 2 of 0 -> off_heap; 1 -> on_heap end}]),
    {spawn(?MODULE, sender, [I, Receiver]), Receiver}.

sender(Seed, To) ->
    rand:seed(exsss, Seed),
    send(To, 0, 0).

%% A window of messages that were not acknowledged keeps queues short and everybody busy.
send(To, N, Sum) when N rem ?WINDOW =:= 0, N > 0 ->
    receive
        {seen, N} -> send_next(To, N, Sum);
        {finish, From} -> To ! {finish, N, Sum, From}
    end;
send(To, N, Sum) ->
    send_next(To, N, Sum).

send_next(To, N, Sum) ->
    Payload = payload(N),
    ets:update_counter(books, sent, 1),
    To ! {self(), N + 1, Payload},
    send(To, N + 1, Sum + erlang:phash2(Payload)).

payload(N) ->
    case N rem 4 of
        0 -> {text, integer_to_list(rand:uniform(1000000000))};
        1 -> binary:copy(<<(rand:uniform(256) - 1)>>, 1 + rand:uniform(200));
        2 -> #{n => N, big => 1 bsl (64 + rand:uniform(200)), list => lists:seq(1, rand:uniform(30))};
        3 -> {make_ref(), self(), rand:uniform(), fun() -> N end}
    end.

receiver(Seen) -> receiver(Seen, 0, []).

receiver(Seen, Sum, Wrong) ->
    receive
        {From, N, Payload} when is_integer(N) ->
            ets:update_counter(books, received, 1),
            [From ! {seen, N} || N rem ?WINDOW =:= 0],
            Odd = [{expected, Seen + 1, got, N} || N =/= Seen + 1],
            receiver(N, Sum + erlang:phash2(Payload), Odd ++ Wrong);
        {finish, Sent, SentSum, Asker} ->
            Asker ! {finished, self(), Wrong ++ [{sent, Sent, seen, Seen} || Sent =/= Seen] ++ [sum || Sum =/= SentSum]}
    end.

%% The token carries how often it was handed on: handed on twice or lost, it shows.
link_of_ring(Next) ->
    receive
        {next, New} -> link_of_ring(New);
        {token, Count} ->
            ets:update_counter(books, laps, 1),
            Next ! {token, Count + 1},
            link_of_ring(Next);
        {finish, From} ->
            receive {token, Count} -> From ! {token, Count} end
    end.

ticker(Ticks) ->
    erlang:send_after(5, self(), tick),
    receive
        tick -> ets:update_counter(books, ticks, 1), ticker(Ticks + 1);
        {finish, From} -> From ! {ticks, Ticks}
    end.

progress() -> [ets:lookup_element(books, Key, 2) || Key <- [received, laps, ticks]].

finish() ->
    {Pairs, First, Ticker} = persistent_term:get(unharmed),
    [Sender ! {finish, self()} || {Sender, _} <- Pairs],
    Wrong = lists:append([receive {finished, Receiver, Odd} -> Odd end || {_, Receiver} <- Pairs]),
    First ! {finish, self()},
    Laps = receive {token, Count} -> Count end,
    Ticker ! {finish, self()},
    Ticks = receive {ticks, T} -> T end,
    [Sent, Received, LapsCounted, TicksCounted] = [ets:lookup_element(books, Key, 2) || Key <- [sent, received, laps, ticks]],
    All = Wrong ++ [{books, Sent, Received} || Sent =/= Received] ++ [{laps, Laps, LapsCounted} || Laps =/= LapsCounted] ++
        [{ticks, Ticks, TicksCounted} || Ticks =/= TicksCounted],
    {All, Received}.
