%%% @doc The disk: one thing at a time, a few milliseconds each. What waits for it waits in its mailbox.
-module(bbs_disk).
-behaviour(gen_server).

-export([start_link/0, write/3]).
-export([init/1, handle_call/3, handle_cast/2]).

-define(SEEK_MS, 2).

start_link() ->
    gen_server:start_link({local, ?MODULE}, ?MODULE, [], []).

%% @doc Write a post, then tell the board's index, then answer the author's call `From' with its number.
%% The index first: an author who has his answer must find his post there.
write(Board, Post, From) ->
    gen_server:cast(?MODULE, {write, Board, Post, From}).

%% @private The state is how many bytes are written.
init([]) ->
    {ok, 0}.

%% @private
handle_call(written, _, Bytes) ->
    {reply, Bytes, Bytes}.

%% @private
handle_cast({write, Board, {Id, _, _} = Post, From}, Bytes) ->
    Block = term_to_binary({Board, Post}),
    timer:sleep(?SEEK_MS),
    bbs_board:written(Board, Post),
    gen_server:reply(From, {ok, Id}),
    {noreply, Bytes + byte_size(Block)}.
