// plot.c - what a run has seen over its time, as an SVG picture.
#include <math.h>

#include "rewriter/fuzz/fuzz.h"

enum { WIDTH = 860, HEIGHT = 420, LEFT = 80, RIGHT = 90, TOP = 50, BOTTOM = 50, LINES = 5 };

struct scale {
    double seconds, left, right;  // what the axes end at
};

static double x_of(const struct scale *scale, double seconds)
{
    return LEFT + (WIDTH - LEFT - RIGHT) * seconds / scale->seconds;
}

static double y_of(double value, double most)
{
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / most;
}

// The next round number that is not smaller, for LINES round steps.
static double round_up(double value)
{
    static const double firsts[] = {1, 1.5, 2, 2.5, 3, 4, 5, 6, 8};
    double ten = pow(10, floor(log10(fmax(value, 1))));
    for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++)
        if (value <= firsts[i] * ten)
            return firsts[i] * ten;
    return 10 * ten;
}

static void grid(const struct scale *scale, const char *left_name, struct wb_text *text)
{
    for (int i = 0; i <= LINES; i++) {
        double part = (double)i / LINES, y = y_of(part, 1), x = x_of(scale, part * scale->seconds);
        wb_text_printf(text,
                       "<line x1='%d' y1='%.1f' x2='%d' y2='%.1f' stroke='#ddd'/>"
                       "<text x='%d' y='%.1f' text-anchor='end'>%.0f</text>"
                       "<text x='%d' y='%.1f'>%.0f</text>"
                       "<text x='%.1f' y='%d' text-anchor='middle'>%.4g</text>\n",
                       LEFT, y, WIDTH - RIGHT, y, LEFT - 6, y + 4, part * scale->left,
                       WIDTH - RIGHT + 6, y + 4, part * scale->right, x, HEIGHT - BOTTOM + 18,
                       part * scale->seconds);
    }
    wb_text_printf(text,
                   "<text x='%d' y='%d' fill='#06c'>%s</text>"
                   "<text x='%d' y='%d' text-anchor='end' fill='#c60'>inputs fed</text>"
                   "<text x='%d' y='%d' text-anchor='middle'>seconds</text>\n",
                   LEFT, TOP - 12, left_name, WIDTH - RIGHT, TOP - 12, WIDTH / 2, HEIGHT - 10);
}

static double value_of(const struct rw_fuzz_sample *sample, bool execs, bool edges)
{
    return (double)(execs ? sample->execs : edges ? sample->edges : sample->corpus);
}

static void curve(const struct rw_fuzz_report *report, const struct scale *scale, bool execs,
                  bool edges, struct wb_text *text)
{
    double most = execs ? scale->right : scale->left;
    wb_text_printf(text, "<polyline fill='none' stroke-width='2' stroke='%s' points='",
                   execs ? "#c60" : "#06c");
    for (size_t i = 0; i < report->sample_count; i++)
        wb_text_printf(text, "%.1f,%.1f ", x_of(scale, report->samples[i].seconds),
                       y_of(value_of(&report->samples[i], execs, edges), most));
    wb_text_put(text, "'/>\n");
}

void rw_report_plot(const struct rw_fuzz_options *options, const struct rw_fuzz_report *report,
                    struct wb_text *text)
{
    bool edges = report->last.edges_all > 0;
    struct scale scale = {.seconds = 1, .left = 1, .right = 1};
    for (size_t i = 0; i < report->sample_count; i++) {
        const struct rw_fuzz_sample *sample = &report->samples[i];
        scale.seconds = fmax(scale.seconds, sample->seconds);
        scale.left = fmax(scale.left, value_of(sample, false, edges));
        scale.right = fmax(scale.right, value_of(sample, true, edges));
    }
    scale.seconds = round_up(scale.seconds);
    scale.left = round_up(scale.left);
    scale.right = round_up(scale.right);
    wb_text_printf(
        text,
        "<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' "
        "font-family='sans-serif' font-size='12'>\n<rect width='100%%' height='100%%' "
        "fill='white'/>\n<text x='%d' y='20' font-size='15'>cryo fuzz --loader %s</text>\n",
        WIDTH, HEIGHT, LEFT,
        options->loader[0] == 'c' && options->loader[1] == 'm' ? "cmd" : options->loader);
    grid(&scale, edges ? "edges taken" : "inputs kept", text);
    curve(report, &scale, true, edges, text);
    curve(report, &scale, false, edges, text);
    wb_text_put(text, "</svg>\n");
}
