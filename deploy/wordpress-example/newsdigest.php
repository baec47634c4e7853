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

add_shortcode('newsdigest', function ($given) {
    if (!defined('NEWSDIGEST_URL')) {
        return '';
    }
    $wanted = shortcode_atts(['channel' => 'all', 'language' => 'de', 'items' => 5], $given, 'newsdigest');
    $html = '';
    $most = max(1, (int) $wanted['items']);
    foreach (array_slice(newsdigest_entries($wanted['channel'], $wanted['language']), 0, $most) as $item) {
        $title = $item['title'] ?? ($item['content_text'] ?? '');
        $origin = $item['authors'][0]['name'] ?? '';
        $date = wp_date(get_option('date_format'), strtotime($item['date_published'] ?? 'now'));
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
