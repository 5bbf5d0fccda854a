%%% @doc A bulletin board system, as they were dialled into before there was a web.
%%%
%%% Callers reach {@link bbs_listener}, which has a number of telephone lines and gives each
%%% caller a {@link bbs_session} of his own. From its menu the caller chats
%%% ({@link bbs_chat}), reads and writes on boards ({@link bbs_board}, which keeps its posts on a
%%% slow {@link bbs_disk}), and plays doors ({@link bbs_door}). There is no network: the callers
%%% are processes too ({@link bbs_caller}), each with a script of its own and a seeded random
%%% generator, so the system is busy as soon as it is started and needs nobody to use it.
-module(bbs).

-export([start/0, stop/0, main/0]).

-define(CALLERS, 24).

%% @doc Run the board with callers who call again and again. Returns after {@link stop/0}.
-spec start() -> ok.
start() ->
    {ok, Board} = bbs_sup:start_link(),
    register(?MODULE, self()),
    call_in(?CALLERS, infinity),
    receive
        stop -> bbs_sup:stop(Board)
    end.

%% @doc End a board that {@link start/0} runs.
-spec stop() -> ok.
stop() ->
    ?MODULE ! stop,
    ok.

%% @doc Let twelve callers make three calls each, and print what they did.
%%
%% Who gets a line when is a matter of scheduling; what is printed depends only on the scripts.
-spec main() -> ok.
main() ->
    {ok, Board} = bbs_sup:start_link(),
    Names = call_in(12, 3),
    Reports = [receive {report, Name, Report} -> Report end || Name <- Names],
    print(lists:foldl(fun add/2, #{}, Reports), bbs_board:counts()),
    bbs_sup:stop(Board).

%% Start `N' callers who make `Calls' calls each, and return their names.
call_in(N, Calls) ->
    Names = [caller_name(I) || I <- lists:seq(1, N)],
    [{ok, _} = bbs_sup:start_caller([Name, Calls, self()]) || Name <- Names],
    Names.

%% Ann, Bob, ... and after the last of them Ann2, Bob2, ...
caller_name(I) ->
    Names = {"ann", "bob", "cid", "dan", "eve", "fay", "gus", "hal"},
    First = element((I - 1) rem tuple_size(Names) + 1, Names),
    case (I - 1) div tuple_size(Names) of
        0 -> list_to_binary(First);
        Nth -> iolist_to_binary([First, integer_to_list(Nth + 1)])
    end.

add(Report, Sum) ->
    maps:merge_with(fun(_, A, B) -> A + B end, Report, Sum).

print(Sum, Counts) ->
    Of = fun(Key) -> maps:get(Key, Sum, 0) end,
    io:format("calls    ~b made, ~b things done~n", [Of(calls), Of(actions)]),
    io:format("boards   ~ts~n", [lists:join(", ", [[Name, " ", integer_to_list(N)] || {Name, N} <- Counts])]),
    io:format("chat     ~b lines said~n", [Of(said)]),
    io:format("guess    ~b games, ~b turns~n", [Of(guess_games), Of(guess_turns)]),
    io:format("duel     ~b games, ~b won, ~b lost, ~b drawn~n",
              [Of(duel_games), Of(duel_won), Of(duel_lost), Of(duel_drawn)]),
    io:format("posts    ~b sent, all on disk: ~p~n",
              [Of(posts), Of(posts) =:= lists:sum([N || {_, N} <- Counts])]).
