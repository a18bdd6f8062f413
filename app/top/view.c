/* SPDX-License-Identifier: BSD-3-Clause */
#include "view.h"

#include <curses.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "format.h"

enum { PAIR_WARNING = 1, PAIR_ACCENT, CTRL_L = 12 };

static void
start_colours(struct la_top_view *view)
{
	view->colours = has_colors() && start_color() == OK;
	if (!view->colours)
		return;
	use_default_colors();
	init_pair(PAIR_WARNING, COLOR_RED, -1);
	init_pair(PAIR_ACCENT, COLOR_CYAN, -1);
}

static void
measure_window(struct la_top_view *view)
{
	/* The window is never smaller than one cell. */
	view->look.columns = COLS > 0 ? (uint32_t)COLS : 1;
	view->look.rows = LINES > 0 ? (uint32_t)LINES : 1;
}

bool
la_top_view_start(struct la_top_view *view)
{
	setlocale(LC_CTYPE, "");
	view->look.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	if (!la_top_terminal_is_usable())
		return false;
	view->screen = newterm(NULL, stdout, stdin);
	if (view->screen == NULL) {
		fprintf(stderr, "lastack top: the terminal cannot be used\n");
		return false;
	}
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(25);
	curs_set(0);
	start_colours(view);
	measure_window(view);
	return true;
}

void
la_top_view_stop(struct la_top_view *view)
{
	endwin();
	delscreen(view->screen);
	view->screen = NULL;
}

void
la_top_view_resize(struct la_top_view *view)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0)
		return;
	resizeterm(size.ws_row, size.ws_col);
	clearok(stdscr, TRUE);
	measure_window(view);
}

/* At most the columns up to the edge. */
static void
put_text(const struct la_top_view *view, int row, uint32_t column, const char *text)
{
	if (column < view->look.columns)
		mvaddnstr(row, (int)column, text,
				(int)la_top_columns(text, view->look.columns - column));
}

/* A line over the whole width. */
static void
put_bar(const struct la_top_view *view, int row, const char *text)
{
	attron(A_REVERSE);
	move(row, 0);
	for (uint32_t i = 0; i < view->look.columns; i++)
		addch(' ');
	put_text(view, row, 0, text);
	attroff(A_REVERSE);
}

static attr_t
line_attributes(const struct la_top_view *view, enum la_top_line_kind kind)
{
	switch (kind) {
	case LA_TOP_HEAD: return A_BOLD;
	case LA_TOP_REMARK: return A_DIM;
	case LA_TOP_WARNING: return view->colours ? (attr_t)COLOR_PAIR(PAIR_WARNING) : A_BOLD;
	case LA_TOP_FIGURES: break;
	}
	return A_NORMAL;
}

static uint32_t
columns_of(const char *text, size_t octets)
{
	uint32_t columns = 0;

	for (size_t i = 0; i < octets; i++)
		columns += ((unsigned char)text[i] & 0xc0) != 0x80;
	return columns;
}

static void
put_line(const struct la_top_view *view, int row, const struct la_top_line *line)
{
	attron(line_attributes(view, line->kind));
	put_text(view, row, 0, line->text);
	attroff(line_attributes(view, line->kind));
	if (line->accent == 0 || !view->colours)
		return;
	attron(COLOR_PAIR(PAIR_ACCENT));
	put_text(view, row, columns_of(line->text, line->accent), line->text + line->accent);
	attroff(COLOR_PAIR(PAIR_ACCENT));
}

/* The instance that is looked at. */
static const struct la_top_instance *
selected_of(const struct la_top_view *view, const struct la_top_set *set)
{
	uint32_t nth = 0;

	for (uint32_t i = 0; i < set->n; i++) {
		if (la_top_is_shown(set->v[i]) && nth++ == view->selected)
			return set->v[i];
	}
	return NULL;
}

/* All instances in one line, from one on that leaves the selected in sight. */
static void
put_tabs(const struct la_top_view *view, const struct la_top_set *set, int row)
{
	enum { TAB = LA_TOP_PREFIX + 32 };
	const uint32_t fit = view->look.columns / 24;
	uint32_t column = 0, nth = 0;
	char text[TAB];

	for (uint32_t i = 0; i < set->n; i++) {
		const struct la_top_instance *instance = set->v[i];
		const bool is_selected = nth == view->selected;

		if (!la_top_is_shown(instance) || nth++ + fit < view->selected)
			continue;
		snprintf(text, sizeof(text), " %u %s%s ", nth, instance->prefix,
				instance->answers ? "" : " (gone)");
		attron(is_selected ? A_REVERSE : A_NORMAL);
		put_text(view, row, column, text);
		attroff(is_selected ? A_REVERSE : A_NORMAL);
		column += (uint32_t)strlen(text);
	}
}

static void
put_gone(const struct la_top_view *view, const struct la_top_instance *instance, int row)
{
	struct la_top_line line = { .kind = LA_TOP_WARNING };
	char since[LA_TOP_TEXT];

	la_top_duration((la_monotonic_us() - instance->gone_us) / 1000000, since);
	snprintf(line.text, sizeof(line.text), " no answer for %s, asked again each second: %s",
			since, instance->problem);
	put_line(view, row, &line);
}

static void
put_keys(const struct la_top_view *view, int row)
{
	char text[160];

	snprintf(text, sizeof(text), " q quit  tab, 1-9 switch  s workers by %s  d drops by %s  "
			"p %s  h help",
			la_top_worker_order_name(view->look.worker_order),
			la_top_drop_order_name(view->look.drop_order),
			view->paused ? "go on" : "pause");
	put_bar(view, row, text);
}

static void
put_help(const struct la_top_view *view)
{
	static const char *const lines[] = {
		" q, Ctrl-C            quit",
		" tab, right           next instance; left, shift-tab: the one before",
		" 1-9                  instance of this number",
		" s                    workers by number, busy, cycles per packet, longest poll",
		" d                    drops by rate, total, name",
		" p                    stop asking, so that the figures stay; again: go on",
		" Ctrl-L               draw the screen anew",
		" h                    this help; any key leaves it",
		"",
		" Rates are those of the instance's last whole second. Drops are counters of",
		" frames and segments not taken, not sent or lost; those that stand still while",
		" top looks on are not listed (lastack top --once has them all).",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (i + 2 < view->look.rows)
			put_text(view, (int)i + 1, 0, lines[i]);
	}
}

static void
put_page(struct la_top_view *view, const struct la_top_instance *instance, int from)
{
	struct la_top_look look = view->look;

	/* Between what is above and the line of keys. */
	if (look.rows < (uint32_t)from + 2)
		return;
	look.rows -= (uint32_t)from + 1;
	la_top_page_make(&view->page, &instance->model, &look);
	for (uint32_t i = 0; i < view->page.lines && i < look.rows; i++)
		put_line(view, from + (int)i, &view->page.line[i]);
}

/* At the right end of the title. */
static void
put_paused(const struct la_top_view *view)
{
	static const char text[] = " PAUSED ";
	const uint32_t len = sizeof(text) - 1;

	attron(A_REVERSE | A_BOLD);
	put_text(view, 0, view->look.columns > len ? view->look.columns - len : 0, text);
	attroff(A_REVERSE | A_BOLD);
}

static void
put_instance(struct la_top_view *view, const struct la_top_set *set)
{
	const struct la_top_instance *instance = selected_of(view, set);
	char title[LA_TOP_LINE], bar[LA_TOP_LINE + 1];
	int row = 1;

	if (instance == NULL)
		return;
	la_top_title(&instance->model, instance->prefix, title);
	snprintf(bar, sizeof(bar), " %s", title);
	put_bar(view, 0, bar);
	if (view->paused)
		put_paused(view);
	if (la_top_set_shown(set) > 1)
		put_tabs(view, set, row++);
	if (!instance->answers && instance->gone_us > 0)
		put_gone(view, instance, row++);
	put_page(view, instance, row);
}

void
la_top_view_draw(struct la_top_view *view, const struct la_top_set *set)
{
	const uint32_t shown = la_top_set_shown(set);

	if (view->selected >= shown)
		view->selected = shown > 0 ? shown - 1 : 0;
	erase();
	if (view->help)
		put_help(view);
	else
		put_instance(view, set);
	if (view->look.rows > 1)
		put_keys(view, (int)view->look.rows - 1);
	refresh();
}

enum la_top_key
la_top_view_key(struct la_top_view *view)
{
	const int key = getch();

	switch (key) {
	case ERR: return LA_TOP_KEY_NONE;
	case 'q': case 'Q': return LA_TOP_KEY_QUIT;
	case '\t': case KEY_RIGHT: return LA_TOP_KEY_NEXT;
	case KEY_BTAB: case KEY_LEFT: return LA_TOP_KEY_PREVIOUS;
	case 's': return LA_TOP_KEY_WORKER_ORDER;
	case 'd': return LA_TOP_KEY_DROP_ORDER;
	case 'p': return LA_TOP_KEY_PAUSE;
	case 'h': case '?': return LA_TOP_KEY_HELP;
	case CTRL_L: return LA_TOP_KEY_REDRAW;
	default: break;
	}
	if (key < '1' || key > '9')
		return LA_TOP_KEY_OTHER;
	view->number = (uint32_t)(key - '1');
	return LA_TOP_KEY_NUMBER;
}
