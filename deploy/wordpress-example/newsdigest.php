<?php
/**
 * Plugin Name: newsdigest
 * Description: Shows a channel of newsdigest by the shortcode [newsdigest channel="members" language="de" items="5"].
 * Version: 1.0
 * License: Apache-2.0
 *
 * Put this file into wp-content/plugins and set NEWSDIGEST_URL in wp-config.php:
 *   define('NEWSDIGEST_URL', 'https://news.example.org');
 * The JSON Feed is kept for 15 minutes; when newsdigest cannot be reached, the last answer is shown for a week.
 */

defined('ABSPATH') || exit;

function newsdigest_entries($channel, $language)
{
    $channel = preg_replace('/[^a-z0-9-]/', '', $channel);
    $language = $language === 'en' ? 'en' : 'de';
    $key = "newsdigest_{$language}_{$channel}";
    $kept = get_transient($key);
    if (is_array($kept) && $kept['until'] > time()) {
        return $kept['items'];
    }
    $now = time();
    $address = untrailingslashit(NEWSDIGEST_URL) . "/feeds/{$language}/{$channel}.json";
    $answer = wp_safe_remote_get($address, ['timeout' => 5, 'limit_response_size' => 1048576]);
    $isGood = !is_wp_error($answer) && wp_remote_retrieve_response_code($answer) === 200;
    $feed = $isGood ? json_decode(wp_remote_retrieve_body($answer), true) : null;
    if (isset($feed['items']) && is_array($feed['items'])) {
        $kept = ['items' => $feed['items'], 'taken' => $now];
    } elseif (!is_array($kept) || $kept['taken'] + WEEK_IN_SECONDS <= $now) {
        $kept = ['items' => [], 'taken' => $now];
    }
    // Asked again in 15 minutes, whatever came; an old answer is shown for a week from when it was taken.
    set_transient($key, ['until' => $now + 900] + $kept, WEEK_IN_SECONDS);
    return $kept['items'];
}

/** The day a reader goes by: of an event its last, else the deadline; '' where the story has none. */
function newsdigest_last_day($item)
{
    $dates = $item['_newsdigest'] ?? [];
    return substr($dates['end'] ?? ($dates['deadline'] ?? ''), 0, 10);
}

/** What is not over; events by their first day and calls by their deadline, everything else as the feed has it. */
function newsdigest_ahead($items, $channel)
{
    $today = current_time('Y-m-d');
    $dated = ['event', 'call', 'job'];
    $items = array_values(array_filter($items, function ($item) use ($today, $dated) {
        $day = newsdigest_last_day($item);
        return $day === '' || $day >= $today || !in_array($item['_newsdigest']['kind'], $dated, true);
    }));
    $by = ['events' => 'start', 'calls' => 'deadline'][$channel] ?? null;
    if ($by !== null) {
        usort($items, function ($one, $other) use ($by) {
            return strcmp($one['_newsdigest'][$by] ?? '9', $other['_newsdigest'][$by] ?? '9');
        });
    }
    return $items;
}

/** An event's own days, else the deadline, else the day of publication. */
function newsdigest_when($item, $language)
{
    $format = get_option('date_format');
    // Local days, whatever zone the server counts in.
    $say = function ($day, $format) {
        return wp_date($format, strtotime(substr($day, 0, 10) . ' 12:00 UTC'));
    };
    $dates = $item['_newsdigest'] ?? [];
    if (isset($dates['start'])) {
        if ($dates['precision'] !== 'day') {
            return $dates['precision'] === 'month' ? $say($dates['start'], 'F Y') : $say($dates['start'], '\\K\\W W/o');
        }
        $first = $say($dates['start'], $format);
        $last = $say($dates['end'], $format);
        $hour = strlen($dates['start']) > 10 ? ', ' . substr($dates['start'], 11) : '';
        $when = $first === $last ? $first . $hour : "{$first} – {$last}";
        $mark = $language === 'en' ? 'Cancelled' : 'Abgesagt';
        return (empty($dates['cancelled']) ? '' : "{$mark}: ") . $when . (isset($dates['place']) ? ", {$dates['place']}" : '');
    }
    if (isset($dates['deadline'])) {
        return ($language === 'en' ? 'until ' : 'bis ') . $say($dates['deadline'], $format);
    }
    return wp_date($format, strtotime($item['date_published'] ?? 'now'));
}

add_shortcode('newsdigest', function ($given) {
    if (!defined('NEWSDIGEST_URL')) {
        return '';
    }
    $wanted = shortcode_atts(['channel' => 'all', 'language' => 'de', 'items' => 5], $given, 'newsdigest');
    $html = '';
    $most = max(1, (int) $wanted['items']);
    $items = newsdigest_ahead(newsdigest_entries($wanted['channel'], $wanted['language']), $wanted['channel']);
    foreach (array_slice($items, 0, $most) as $item) {
        $title = $item['title'] ?? ($item['content_text'] ?? '');
        $origin = $item['authors'][0]['name'] ?? '';
        $date = newsdigest_when($item, $wanted['language']);
        $html .= sprintf(
            '<li lang="%s"><a href="%s">%s</a> <span class="newsdigest-meta">%s</span></li>',
            esc_attr($item['language'] ?? $wanted['language']),
            esc_url($item['url'] ?? ''),
            esc_html($title),
            esc_html(trim("{$origin}, {$date}", ', '))
        );
    }
    return $html === '' ? '' : "<ul class=\"newsdigest-list\">{$html}</ul>";
});
