%%% @doc The message boards: an index of posts in memory; the posts themselves go to the disk.
%%%
%%% A post is numbered at once, and its author is answered when it is on disk, by the disk. In between this
%%% server goes on answering readers.
-module(bbs_board).
-behaviour(gen_server).

-export([start_link/0, post/3, latest/2, total/0, counts/0, written/2]).
-export([init/1, handle_call/3, handle_cast/2]).

-type post() :: {Id :: pos_integer(), Author :: binary(), Subject :: binary()}.

%% How many posts it has, and the newest of them, newest first.
-type board() :: {Count :: non_neg_integer(), [post()]}.

-define(INDEXED, 100).

-record(state, {next = 1 :: pos_integer(),
                boards = #{} :: #{binary() => board()}}). % only what is on disk

start_link() ->
    gen_server:start_link({local, ?MODULE}, ?MODULE, [], []).

%% @doc Write on a board. Returns when the post is on disk.
-spec post(binary(), binary(), binary()) -> {ok, pos_integer()}.
post(Board, Author, Subject) ->
    gen_server:call(?MODULE, {post, Board, Author, Subject}, infinity).

%% @doc The newest `N' posts of a board (at most a hundred), newest first.
-spec latest(binary(), non_neg_integer()) -> [post()].
latest(Board, N) ->
    gen_server:call(?MODULE, {latest, Board, N}, infinity).

%% @doc How many posts there are on all boards.
-spec total() -> non_neg_integer().
total() ->
    lists:sum([N || {_, N} <- counts()]).

%% @doc How many posts there are on each board, boards in alphabetical order.
-spec counts() -> [{binary(), non_neg_integer()}].
counts() ->
    gen_server:call(?MODULE, counts, infinity).

%% @doc For the disk: a post is safe.
written(Board, Post) ->
    gen_server:cast(?MODULE, {written, Board, Post}).

%% @private
init([]) ->
    {ok, #state{}}.

%% @private
handle_call({post, Board, Author, Subject}, From, #state{next = Id} = State) ->
    bbs_disk:write(Board, {Id, Author, Subject}, From),
    {noreply, State#state{next = Id + 1}};
handle_call({latest, Board, N}, _, #state{boards = Boards} = State) ->
    {_, Posts} = maps:get(Board, Boards, {0, []}),
    {reply, lists:sublist(Posts, N), State};
handle_call(counts, _, #state{boards = Boards} = State) ->
    {reply, lists:sort([{Name, Count} || {Name, {Count, _}} <- maps:to_list(Boards)]), State}.

%% @private
handle_cast({written, Board, Post}, #state{boards = Boards} = State) ->
    {Count, Posts} = maps:get(Board, Boards, {0, []}),
    New = {Count + 1, lists:sublist([Post | Posts], ?INDEXED)},
    {noreply, State#state{boards = Boards#{Board => New}}}.
