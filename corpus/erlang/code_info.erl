%% What a module says of itself, loading with on_load, literals that outlive their module, code's questions.
-module(code_info).
-vsn("1.2.3").
-author("nobody").
-custom([{a, 1}, b]).
-custom(more).
-export([main/0, exported/2]).
-record(r, {x}).

main() ->
    catch logger:set_primary_config(level, none),
    p(lists:sort(module_info(exports))), p(module_info(module)), p(lists:keydelete(vsn, 1, module_info(attributes))), p(proplists:get_value(vsn, module_info(attributes))),
    p(lists:sort([K || {K, _} <- module_info()])), p(lists:sort(module_info(functions)) =/= []), p(byte_size(module_info(md5))), p(length([F || {F, _} <- module_info(functions), F =:= helper])),
    p([erlang:function_exported(?MODULE, main, 0), erlang:function_exported(?MODULE, helper, 1), erlang:function_exported(lists, map, 2), erlang:function_exported(nomod, f, 0), erlang:function_exported(erlang, self, 0)]),
    p([erlang:module_loaded(?MODULE), erlang:module_loaded(not_a_module), erlang:is_builtin(erlang, self, 0), erlang:is_builtin(lists, map, 2)]),
    p([code:ensure_loaded(?MODULE), code:ensure_loaded(no_such_module_here), code:is_loaded(no_such_module_here), code:which(no_such_module_here)]),
    p(filename:basename(code:which(?MODULE))), p(helper(#r{x = 1})),
    p([try undefined_module:f(1) catch error:undef -> undef end, try ?MODULE:not_exported() catch error:undef -> undef end]),
    p(apply(?MODULE, exported, [1, 2])), M = id(?MODULE), F = id(exported), p([M:F(1, 2), ?MODULE:F(3, 4), M:exported(5, 6), (fun ?MODULE:exported/2)(7, 8), (fun M:F/2)(9, 10)]),
    plugin(), p(macros()), p(md5()), p(beam_lib()).

p(X) -> io:format("~p~n", [X]).
exported(A, B) -> {A, B}.
helper(#r{x = X}) -> {helped, X}.
id(X) -> X.

plugin() ->
    p(code:load_abs("v1/plugin")), p(plugin:loaded()), L = plugin:big(), p(element(1, code:load_abs("v2/plugin"))), p([plugin:loaded(), plugin:big() =:= L]),
    Me = self(), P = spawn(fun() -> receive X -> Me ! {back, X} end end), P ! L,
    code:purge(plugin), code:delete(plugin), code:purge(plugin), erlang:garbage_collect(), p(receive {back, B} -> B =:= L end), p(L), p(erlang:phash2(L)).

macros() -> {?MODULE, ?MODULE_STRING, ?LINE, filename:basename(?FILE), ?FUNCTION_NAME, ?FUNCTION_ARITY, ?OTP_RELEASE > 20, ?MACHINE}.
md5() -> {ok, {M, D}} = beam_lib:md5("v1/counter.beam"), {M, byte_size(D)}.
beam_lib() -> {ok, {counter, [{exports, E}, {attributes, A}]}} = beam_lib:chunks("v1/counter.beam", [exports, attributes]), {E, A}.
