%% A module with an on_load function, a literal that is shared by messages, and attributes.
-module(plugin).
-author(nobody).
-on_load(prepare/0).
-export([big/0, loaded/0]).

prepare() -> persistent_term:put(plugin_loaded, {yes, 1}), ok.

loaded() -> persistent_term:get(plugin_loaded).

big() -> {literal, "a list that lives in the literal area of the module", [1, 2, 3], #{key => <<"value">>}}.
