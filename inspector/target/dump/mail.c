#include "inspector/target/dump/mail.h"

// The end of "TERM:TOKEN", from the last colon on; of a traced message "H" and an address.
static bool is_traced(struct wb_bytes line, struct wb_bytes *token)
{
    size_t at = line.size;
    while (at > 0 && line.at[at - 1] != ':')
        at--;
    struct wb_bytes text = {line.at + at, line.size - at};
    *token = text;
    if (at == 0 || !dump_skip(&text, "H"))
        return false;
    (void)dump_hexadecimal(&text);
    return text.size == 0;
}

// The token of a trace is {Flags, Label, Serial, From, Last}.
static struct tgt_pid sender_of(struct dump_terms *terms, struct tgt_pid to, struct wb_bytes line)
{
    static const struct tgt_limits limits = {.depth = 2, .length = 1};
    struct wb_arena arena = {0};
    struct wb_bytes token;
    struct beam_value value = {0};
    struct tgt_pid sender = {0};
    if (!is_traced(line, &token))
        return sender;
    dump_read_term(terms, (uint64_t)(token.at - terms->index->file.at), to.id, limits, &arena,
                   &value);
    if (value.kind == BEAM_TUPLE && value.part.count == 5 && value.part.at[3].kind == BEAM_PID) {
        const struct beam_id *id = value.part.at[3].id;
        if (id->node.size == 0)
            sender = tgt_pid_make(id->word[0], id->word[1]);
    }
    wb_arena_free(&arena);
    return sender;
}

// Lines from where the page before ended, if this one is behind it.
static struct wb_bytes lines_from(const struct dump_section *section, struct dump_mail *mail,
                                  uint64_t first)
{
    struct wb_bytes rest = section->body, line;
    uint64_t position = 0;
    if (mail->pid == section->key && mail->at != NULL && mail->position <= first) {
        rest.size -= (size_t)(mail->at - rest.at);
        rest.at = mail->at;
        position = mail->position;
    }
    while (position < first && dump_next_line(&rest, &line))
        position++;
    return rest;
}

void dump_list_messages(struct dump_terms *terms, struct dump_mail *mail, struct tgt_pid pid,
                        struct tgt_range range, struct wb_arena *arena, struct tgt_messages *ret)
{
    enum { PAGE = 4096 };
    struct dump_section section;
    struct wb_bytes line;
    struct tgt_messages messages = {0};
    if (dump_find(terms->index, DUMP_PROC_MESSAGES, pid.id, &section)) {
        struct wb_bytes rest = lines_from(&section, mail, range.first);
        uint64_t room = range.count < PAGE ? range.count : dump_count_lines(rest);
        if (room > range.count)
            room = range.count;
        messages.at = wb_push_array(arena, struct tgt_message, room);
        while (messages.count < room && dump_next_line(&rest, &line)) {
            messages.at[messages.count] = (struct tgt_message){
                .to = pid,
                .sender = sender_of(terms, pid, line),
                .position = range.first + messages.count,
                .term.bits = (uint64_t)(line.at - terms->index->file.at),
                .seen = TGT_UNSEEN,
                .kind = "message",
            };
            messages.count++;
        }
        *mail = (struct dump_mail){pid.id, range.first + messages.count, rest.at};
    }
    *ret = messages;
}
